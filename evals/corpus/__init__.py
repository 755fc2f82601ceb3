"""The shipped speech: dialogues written for this project, spoken by free voices, made by `python -m evals.corpus`."""
