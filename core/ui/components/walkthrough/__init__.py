"""The Walkthrough page's six scenes: what they say, what they show, and the way from one to the next."""
