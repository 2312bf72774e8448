"""Item vectors by Spark MLlib's ALS (implicit feedback), for those whose ratings outgrow one machine.

    python3 -m venv venv && venv/bin/pip install pyspark==3.5.9        # needs Java 17
    venv/bin/python pkg-scripts/train-spark.py ratings.csv.gz item-factors.parquet --rank 64 --iterations 10
    osusume import item-factors.parquet --profile ridge --out spark.safetensors
    osusume pack --catalogue items.csv.gz --model spark=spark.safetensors --out embeddings

Every row of the ratings is one interaction.
"""

import argparse

from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("ratings", help="CSV with a header, plain or gzip: user, item and more")
parser.add_argument("out", help="folder for the item factors (Parquet: id, features)")
parser.add_argument("--user", default="user_id", help="column of the users")
parser.add_argument("--item", default="anime_id", help="column of the items")
parser.add_argument("--rank", type=int, default=64, help="values per vector")
parser.add_argument("--iterations", type=int, default=10)
parser.add_argument("--alpha", type=float, default=2.0, help="confidence of an interaction over its absence")
parser.add_argument("--lambda", dest="ridge", type=float, default=0.02, help="regularisation, scaled by interactions")
parser.add_argument("--seed", type=int, default=1)
args = parser.parse_args()

spark = SparkSession.builder.master("local[*]").appName("osusume").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
rows = spark.read.csv(args.ratings, header=True, inferSchema=True)
pairs = rows.select(f.col(args.user).alias("user"), f.col(args.item).alias("item"), f.lit(1.0).alias("rating"))
als = ALS(
    rank=args.rank, maxIter=args.iterations, implicitPrefs=True, alpha=args.alpha, regParam=args.ridge, seed=args.seed,
    userCol="user", itemCol="item", ratingCol="rating",
)
als.fit(pairs).itemFactors.write.mode("overwrite").parquet(args.out)
spark.stop()
