#!/usr/bin/env python3
"""Vectors and weights from EASE alone: leading eigenvectors of its symmetric part, and the weights
that they miss.

    pkg-scripts/ease-vectors.py training.csv --ease-lambda 300 --dims 16,32,64 --keep 127 --out FOLDER

Reads `user_id,item_id`, as `osusume eval --protocol newcomers --training` writes it. Writes
FOLDER/ids.npy and for each number of dims vectors-DIMS.npy and weights-DIMS.npz for
`osusume import`. The score is the dot product (exponent 0, profile sum) plus the weights. Needs
numpy and scipy; a matrix of items² in f64 three times.
"""

import argparse
import os

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import eigsh


def ease(path, regularisation):
    """Returns the ids of the items and EASE's matrix B of the scores x·B."""
    rows = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.int64)
    ids, items = np.unique(rows[:, 1], return_inverse=True)
    x = sparse.csr_matrix((np.ones(len(rows)), (rows[:, 0], items)))
    inverse = np.linalg.inv((x.T @ x).toarray() + regularisation * np.eye(len(ids)))
    b = -inverse / np.diag(inverse)
    np.fill_diagonal(b, 0)
    return ids, b


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("training")
    parser.add_argument("--ease-lambda", type=float, default=300)
    parser.add_argument("--dims", default="16,32,64")
    parser.add_argument("--keep", type=int, default=127, help="weights of each item")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    dims = sorted(int(text) for text in args.dims.split(","))
    ids, b = ease(args.training, args.ease_lambda)
    # A product of vectors can hold only a symmetric matrix without negative eigenvalues; the weights hold the rest.
    values, vectors = eigsh((b + b.T) / 2, k=dims[-1], which="LA", v0=np.ones(len(ids)))
    vectors = (vectors * np.sqrt(np.maximum(values, 0)))[:, ::-1]
    np.save(os.path.join(args.out, "ids.npy"), ids)
    for wide in dims:
        own = vectors[:, :wide].astype("f4")
        missed = b - own @ own.T
        np.fill_diagonal(missed, 0)
        columns = np.argpartition(-abs(missed), args.keep, axis=1)[:, : args.keep].ravel()
        at = np.repeat(np.arange(len(ids)), args.keep)
        weights = sparse.csr_matrix(
            (missed[at, columns].astype("f4"), (at, columns)), shape=missed.shape
        )
        np.save(os.path.join(args.out, f"vectors-{wide}.npy"), own)
        sparse.save_npz(os.path.join(args.out, f"weights-{wide}.npz"), weights)


if __name__ == "__main__":
    main()
