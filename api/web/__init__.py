"""The pages: rendered on the server, in Chinese and English, from our own files only."""
