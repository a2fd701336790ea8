#!/usr/bin/python3
"""Peer for jobs 1 and 2: cells by zone and class with numpy and rasterio, then tonnes from the factor table.

  zonal_numpy.py FOLDER [--processes N] [--burn] [--layers] [--maps OUT] [--json FILE]

Zones come burned already (zones.tif), which is not in the time measured; with --burn they are burned from the GeoJSON
first, as citysink has to. --layers adds job 2: cells and sum of the NDVI, cells and sum of the soil (bilinear, by
GDAL's warper) by zone and class. --maps also writes storage and sequestration densities (float32).
"""
import argparse
import csv
import json
import multiprocessing
import os

import numpy as np
import rasterio
from rasterio import features
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

KEYS = 1 << 16
POOLS = ("above", "below", "dead", "soil", "sequestration")


def read_factors(folder):
    table = np.zeros((len(POOLS), 256))
    with open(f"{folder}/factors.csv") as text:
        for row in csv.DictReader(text):
            for index, pool in enumerate(POOLS):
                table[index, int(row["class"])] = float(row[pool])
    return table


def burned(folder, shape, transform):
    with open(f"{folder}/districts.geojson") as text:
        found = json.load(text)["features"]
    shapes = [(one["geometry"], one["properties"]["id"]) for one in reversed(found)]
    return features.rasterize(shapes, shape, transform=transform, dtype="uint8")


def by_key(keys, weights=None):
    return np.bincount(keys, weights=weights, minlength=KEYS)


class Layers:
    """Red, nir and soil on the grid of the land cover."""

    def __init__(self, folder, cover):
        self.red = rasterio.open(f"{folder}/red.tif")
        self.nir = rasterio.open(f"{folder}/nir.tif")
        self.soil = WarpedVRT(rasterio.open(f"{folder}/soil.tif"), crs=cover.crs, transform=cover.transform,
                              width=cover.width, height=cover.height, resampling=Resampling.bilinear)
        self.sums = np.zeros((4, KEYS))

    def add(self, keys, window):
        red = self.red.read(1, window=window).ravel().astype(np.float32)
        nir = self.nir.read(1, window=window).ravel().astype(np.float32)
        valid = (red > 0) & (nir > 0)
        index = np.divide(nir - red, nir + red, out=np.zeros_like(red), where=valid)
        self.sums[0] += by_key(keys[valid])
        self.sums[1] += by_key(keys, index)
        soil = self.soil.read(1, window=window).ravel()
        held = soil != 65_535
        self.sums[2] += by_key(keys[held])
        self.sums[3] += by_key(keys[held], soil[held])


def open_maps(folder, part, cover, rows):
    os.makedirs(folder, exist_ok=True)
    shape = dict(driver="GTiff", dtype="float32", count=1, nodata=-1, crs=cover.crs, tiled=True, blockxsize=512,
                 blockysize=512, compress="deflate", zlevel=1, width=cover.width, height=rows[1] - rows[0],
                 transform=cover.transform * cover.transform.translation(0, rows[0]))
    return [rasterio.open(f"{folder}/{name}_{part}.tif", "w", **shape) for name in ("storage", "sequestration")]


def count(options, part):
    folder = options.folder
    cover = rasterio.open(f"{folder}/landcover.tif")
    side, step = cover.width, 512
    strips = range(0, cover.height, step)
    mine = strips[len(strips) * part // options.processes:len(strips) * (part + 1) // options.processes]
    rows = (mine[0], min(mine[-1] + step, cover.height))
    top = cover.transform * cover.transform.translation(0, rows[0])
    ready = burned(folder, (rows[1] - rows[0], side), top) if options.burn else None
    zones = None if options.burn else rasterio.open(f"{folder}/zones.tif")
    layers = Layers(folder, cover) if options.layers else None
    table = read_factors(folder)
    densities = [table[:4].sum(0).astype(np.float32), table[4].astype(np.float32)]
    for density in densities:
        density[0] = -1
    maps = open_maps(options.maps, part, cover, rows) if options.maps else []
    cells = np.zeros(KEYS, np.int64)
    for start in mine:
        window = Window(0, start, side, min(step, cover.height - start))
        codes = cover.read(1, window=window)
        if ready is None:
            zone = zones.read(1, window=window)
        else:
            zone = ready[start - rows[0]:start - rows[0] + window.height]
        keys = ((zone.astype(np.uint16) << 8) | codes).ravel()
        # In pieces that stay in the cache: bincount widens its input to eight bytes a cell.
        for at in range(0, keys.size, 1 << 17):
            cells += by_key(keys[at:at + (1 << 17)])
        if layers is not None:
            layers.add(keys, window)
        for out, density in zip(maps, densities):
            out.write(density[codes], 1, window=Window(0, start - rows[0], side, window.height))
    for out in maps:
        out.close()
    return cells, layers.sums if layers is not None else None


def answer(options, cells, sums):
    table, found = read_factors(options.folder), {}
    by_zone = cells.reshape(256, 256)
    for zone in np.nonzero(by_zone[1:, 1:].sum(1))[0] + 1:
        counts = by_zone[zone]
        one = {"cells": {int(code): int(counts[code]) for code in np.nonzero(counts)[0] if code}}
        one["tonnes"] = {pool: float((counts * table[i]).sum() / 100) for i, pool in enumerate(POOLS)}
        if sums is not None:
            inside = slice(zone * 256 + 1, zone * 256 + 256)
            one["ndvi"] = [int(sums[0][inside].sum()), float(sums[1][inside].sum())]
            one["soil"] = [int(sums[2][inside].sum()), float(sums[3][inside].sum() / 10)]
        found[str(zone)] = one
    return {"zones": found}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--burn", action="store_true")
    parser.add_argument("--layers", action="store_true")
    parser.add_argument("--maps")
    parser.add_argument("--json")
    options = parser.parse_args()
    if options.processes == 1:
        parts = [count(options, 0)]
    else:
        with multiprocessing.Pool(options.processes) as pool:
            parts = pool.starmap(count, [(options, part) for part in range(options.processes)])
    cells = sum(part[0] for part in parts)
    sums = sum(part[1] for part in parts) if options.layers else None
    text = json.dumps(answer(options, cells, sums))
    if options.json:
        with open(options.json, "w") as out:
            out.write(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
