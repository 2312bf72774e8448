"""Item vectors and item-item weights by Spark, for those whose ratings outgrow one machine.

    python3 -m venv venv && venv/bin/pip install pyspark==3.5.9 numpy        # needs Java 17
    venv/bin/python pkg-scripts/train-spark.py ratings.csv.gz item-factors.parquet --weights weights.parquet
    osusume import item-factors.parquet --profile ridge --weights weights.parquet --out spark.safetensors
    osusume pack --catalogue items.csv.gz --model spark=spark.safetensors --out embeddings

Every row of the ratings is one interaction. The vectors are the item factors of Spark MLlib's ALS (implicit feedback).
The weights are what the vectors miss: for each item j, a ridge regression of x_uj - s * (ALS's prediction) on the items
that occur with j most. With G the co-occurrences, S those items, U and v ALS's factors and A the sums of U over the users
of each item, they are (G_SS + l I)^-1 (G_Sj - s A_S v_j). No step holds more than one item's table of candidates.
"""

import argparse
import os
import sys

import numpy as np
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as f

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("ratings", help="CSV with a header, plain or gzip: user, item and more")
parser.add_argument("out", help="folder for the item factors (Parquet: id, features)")
parser.add_argument("--weights", help="folder for the item-item weights (Parquet: item, other, weight)")
parser.add_argument("--user", default="user_id", help="column of the users")
parser.add_argument("--item", default="anime_id", help="column of the items")
parser.add_argument("--rank", type=int, default=64, help="values per vector")
parser.add_argument("--iterations", type=int, default=10)
parser.add_argument("--alpha", type=float, default=2.0, help="confidence of an interaction over its absence")
parser.add_argument("--lambda", dest="ridge", type=float, default=0.02, help="regularisation, scaled by interactions")
parser.add_argument("--per-user", type=int, default=500, help="items of a user that count for the weights, drawn at random")
parser.add_argument("--candidates", type=int, default=64, help="items in the regression of each item")
parser.add_argument("--weight-lambda", type=float, default=100.0, help="regularisation of the weights, in users")
parser.add_argument("--explained", type=float, default=0.5, help="the s above: 1 takes all that ALS predicts off")
parser.add_argument("--partitions", type=int, default=16, help="parts of a shuffle")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--master", default="local[*]", help="the cluster, for instance yarn")
args = parser.parse_args()

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # for workers with the same numpy
spark = (
    SparkSession.builder.master(args.master).appName("osusume")
    .config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", args.partitions).getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
rows = spark.read.csv(args.ratings, header=True, inferSchema=True)
pairs = rows.select(f.col(args.user).alias("user"), f.col(args.item).alias("item")).distinct().cache()
als = ALS(
    rank=args.rank, maxIter=args.iterations, implicitPrefs=True, alpha=args.alpha, regParam=args.ridge, seed=args.seed,
    userCol="user", itemCol="item", ratingCol="rating",
)
model = als.fit(pairs.withColumn("rating", f.lit(1.0)))
model.itemFactors.write.mode("overwrite").parquet(args.out)


def ranked(table, by, order, most):
    """Returns the first rows of each group."""
    place = f.row_number().over(Window.partitionBy(by).orderBy(*order))
    return table.withColumn("place", place).where(f.col("place") <= most).drop("place")


def regression(row):
    """Yields the triples (liked item, other item, weight) of one item."""
    items, explained = np.array(row.items), np.array(row.sums) @ np.array(row.factor)
    place = {item: at for at, item in enumerate(row.items)}
    gram = np.diag(np.array(row.users, float) + args.weight_lambda)
    first, second = ([place[item] for item in side] for side in (row.first, row.second))
    gram[first, second] = row.together
    weights = np.linalg.solve(gram, np.array(row.common, float) - args.explained * explained)
    for item, weight in zip(items, weights):
        yield int(item), int(row.other), float(weight)


def train_weights():
    # Longer lists would cost their square; a hash draws the same items in every run and on every machine.
    drawn = ranked(pairs, "user", [f.xxhash64("user", "item", f.lit(args.seed)), "item"], args.per_user).cache()
    users = drawn.groupBy("item").agg(f.count("*").alias("users"))
    summed = [f.sum(f.col("features")[at].cast("double")) for at in range(args.rank)]
    sums = (
        drawn.join(model.userFactors, drawn.user == model.userFactors.id)
        .groupBy("item").agg(f.array(*summed).alias("sums"))
    )
    left, right = drawn.alias("left"), drawn.alias("right")
    together = (
        left.join(right, f.col("left.user") == f.col("right.user")).where("left.item <> right.item")
        .groupBy(f.col("left.item").alias("first"), f.col("right.item").alias("second"))
        .agg(f.count("*").alias("together")).cache()
    )
    scored = (
        together.join(users, f.col("first") == f.col("item"))
        .select(f.col("second").alias("other"), f.col("first").alias("item"), f.col("together").alias("common"), "users")
        .withColumn("near", f.col("common") / f.sqrt("users"))  # the cosine, but for the other's own length
    )
    near = ranked(scored, "other", [f.desc("near"), "item"], args.candidates).drop("near").cache()
    sides = near.select("other", f.col("item").alias("first")).join(
        near.select("other", f.col("item").alias("second")), "other"
    )
    cells = (
        sides.join(together, ["first", "second"])
        .groupBy("other").agg(f.collect_list(f.struct("first", "second", "together")).alias("cells"))
    )
    lists = (
        near.join(sums, "item")
        .groupBy("other").agg(f.collect_list(f.struct("item", "users", "common", "sums")).alias("list"))
    )
    factors = model.itemFactors.select(f.col("id").alias("other"), f.col("features").alias("factor"))
    tables = lists.join(factors, "other").join(cells, "other", "left").select(
        "other", "factor", f.col("list.item").alias("items"), f.col("list.users").alias("users"),
        f.col("list.common").alias("common"), f.col("list.sums").alias("sums"),
        *(f.coalesce(f.col(f"cells.{name}"), f.array()).alias(name) for name in ("first", "second", "together")),
    )
    triples = tables.rdd.flatMap(regression)
    return spark.createDataFrame(triples, "item int, other int, weight double")


if args.weights:
    train_weights().write.mode("overwrite").parquet(args.weights)
spark.stop()
