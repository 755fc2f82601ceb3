"""The app: Streamlit only, and nothing that another part needs."""
