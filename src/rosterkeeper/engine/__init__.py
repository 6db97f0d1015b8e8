"""One run: fetch → normalize → validate → select → diff → guard, over a scratch database. `run.py` is the file to read first."""
