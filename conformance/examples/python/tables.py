"""Writes the tables that the conformance kit reads with source.py: small ones to compare, and large ones of the same names."""
import os
import sys

ROWS = {"tables": 35, "large": 300_000}

for folder, rows in ROWS.items():
    for name in ("customers", "orders"):
        with open(os.path.join(sys.argv[1], folder, name + ".csv"), "w", encoding="utf-8") as file:
            file.write("id,name\n")
            file.writelines(f"{number},{name} {number}\u2028\n" for number in range(rows))
