"""A cold request the way of the service that this one replaces: read everything from files, rank, format.

    old_stack.py FOLDER NAME N       FOLDER holds anime.csv, ncf.npy and synopsis.npy, as bench_cold.py writes them

What its handler did on every call: import pandas, numpy and scikit-learn, read the CSV and both NPY files, find the title by its
romaji name, take dot products or cosines with all rows, sort. Here from the local disk instead of S3, which flatters it. Its
mistakes (percentages sorted as text, the wrong item left out) are not rebuilt.
"""

import sys

import numpy as np
import pandas as pd
from sklearn.metrics.pairwise import cosine_similarity


def main():
    folder, name, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    anime = pd.read_csv(f"{folder}/anime.csv")
    ncf = np.load(f"{folder}/ncf.npy")
    synopsis = np.load(f"{folder}/synopsis.npy")
    row = anime.index[anime["Name"] == name][0]
    scores = cosine_similarity(ncf[row : row + 1], ncf)[0]
    _ = synopsis  # its handler read both, whichever was asked
    anime["Similarity"] = scores
    best = anime.drop(index=row).sort_values("Similarity", ascending=False).head(n)
    print(best[["Name", "Similarity", "Genres"]].to_json(orient="records"))


if __name__ == "__main__":
    main()
