#!/usr/bin/python3
"""Peer for job 3: green patches (8 neighbours) under 0.4 ha, their cells by zone. patches.py FOLDER opencv|scipy JSON

Labels the whole raster in memory: 4 bytes a cell and more. Zones come burned already (zones.tif).
"""
import json
import sys

import numpy as np
import rasterio
from rasterio.windows import Window

GREEN = (10, 20, 30, 90)
SMALL_CELLS = 40
ROWS = 512


def strips(path):
    with rasterio.open(path) as raster:
        for start in range(0, raster.height, ROWS):
            rows = min(ROWS, raster.height - start)
            yield slice(start, start + rows), raster.read(1, window=Window(0, start, raster.width, rows))


def labelled(green, engine):
    if engine == "opencv":
        import cv2
        count, labels = cv2.connectedComponents(green, connectivity=8, ltype=cv2.CV_32S)
        return labels, count
    from scipy import ndimage
    labels, count = ndimage.label(green, structure=np.ones((3, 3), np.uint8))
    return labels, count + 1


def main():
    folder, engine, answer = sys.argv[1:]
    table = np.zeros(256, np.uint8)
    table[list(GREEN)] = 1
    with rasterio.open(f"{folder}/landcover.tif") as raster:
        green = np.empty((raster.height, raster.width), np.uint8)
    for rows, codes in strips(f"{folder}/landcover.tif"):
        np.take(table, codes, out=green[rows])
    labels, count = labelled(green, engine)
    sizes = np.zeros(count, np.int64)
    for start in range(0, labels.shape[0], ROWS):
        sizes += np.bincount(labels[start:start + ROWS].ravel(), minlength=count)
    is_small = sizes < SMALL_CELLS
    is_small[0] = False
    small = np.zeros(256, np.int64)
    for rows, zone in strips(f"{folder}/zones.tif"):
        small += np.bincount(zone[is_small[labels[rows]]], minlength=256)
    found = {str(zone): int(cells) for zone, cells in enumerate(small) if cells}
    with open(answer, "w") as out:
        json.dump({"small": found, "patches": count - 1}, out)


main()
