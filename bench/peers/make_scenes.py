#!/usr/bin/python3
"""Makes the scenes that bench/run.ts measures: make_scenes.py FOLDER tile|large [--bands]

A seeded random land: class patches of all sizes, towns with specks of green, lakes, an edge without data. Written are
landcover.tif (uint8, 10 m, nodata 0), districts.geojson (13 districts, shared borders), districts_and_rest.geojson (the
same and what lies around them), zones.tif (the 13 burned, for peers that want them so), factors.csv, and with --bands
red.tif and nir.tif (uint16, predictor 2) and soil.tif (uint16, EPSG:4326, a tenth of t/ha, nodata 65535).

Wants numpy and rasterio (Debian: python3-numpy, python3-rasterio).
"""
import json
import os
import sys

import numpy as np
import rasterio
from rasterio import features
from rasterio.transform import from_origin
from rasterio.warp import transform_bounds
from rasterio.windows import Window

SIDES = {"tile": 10980, "large": 32940}
CRS = "EPSG:32633"
LEFT, TOP, CELL = 300_000.0, 5_400_000.0, 10.0
ROWS_AT_ONCE = 512
SEED = 7_041_776

TREE, SHRUB, GRASS, CROP, BUILT, BARE, WATER, WETLAND = 10, 20, 30, 40, 50, 60, 80, 90
FACTORS = """class,name,green,built,above,below,dead,soil,sequestration
10,Tree,1,0,98.4,25.1,7.2,84.6,2.35
20,Shrub,1,0,16.3,8.8,1.1,60.2,0.71
30,Grass,1,0,2.9,4.4,0.3,66.5,0.38
40,Crop,0,0,4.1,1.2,0,48.9,0.09
50,Built,0,1,1.7,0.6,0,21.3,0.04
60,Bare,0,0,0.5,0.2,0,14.8,0
80,Water,0,0,0,0,0,0,0
90,Wetland,1,0,11.6,6.9,2.4,118.7,1.22
"""


class Terrain:
    """Value noise: random numbers on coarse lattices (spacing, weight), blended between their points."""

    def __init__(self, side, octaves, seed):
        self.layers = []
        for index, (spacing, weight) in enumerate(octaves):
            points = np.random.default_rng([SEED, seed, index]).standard_normal(
                (side // spacing + 2, side // spacing + 2), dtype=np.float32)
            cols = np.arange(side)
            self.layers.append((spacing, points * np.float32(weight), cols // spacing,
                                ((cols % spacing) / spacing).astype(np.float32)))

    def rows(self, start, stop):
        total = None
        rows = np.arange(start, stop)
        for spacing, points, col, share in self.layers:
            down = ((rows % spacing) / spacing).astype(np.float32)[:, None]
            above, below = points[rows // spacing], points[rows // spacing + 1]
            lines = above + (below - above) * down
            left = lines[:, col]
            right = lines[:, col + 1]
            right -= left
            right *= share
            right += left
            total = right if total is None else total + right
        return total

    def quantiles(self, side, shares):
        sample = np.concatenate([self.rows(r, r + 1)[0, ::11] for r in range(0, side, side // 97)])
        return [float(value) for value in np.quantile(sample, shares)]


def profile(side, dtype, nodata, **more):
    return dict(driver="GTiff", width=side, height=side, count=1, dtype=dtype, nodata=nodata, crs=CRS, tiled=True,
                blockxsize=512, blockysize=512, compress="deflate", bigtiff="if_safer", num_threads=2,
                transform=from_origin(LEFT, TOP, CELL, CELL), **more)


def make_landcover(path, side):
    plants = Terrain(side, [(1024, 1.0), (256, 0.9), (64, 0.6), (16, 0.25)], 1)
    towns = Terrain(side, [(2048, 1.0), (512, 0.7), (128, 0.35), (32, 0.12)], 2)
    water = Terrain(side, [(2048, 1.0), (512, 0.5), (64, 0.15)], 3)
    specks = Terrain(side, [(8, 1.0), (4, 0.6)], 4)
    p = plants.quantiles(side, [0.2, 0.55, 0.68])
    t = towns.quantiles(side, [0.83])
    w = water.quantiles(side, [0.03, 0.05, 0.495, 0.505])
    s = specks.quantiles(side, [0.004, 0.975, 0.992])
    with rasterio.open(path, "w", **profile(side, "uint8", 0)) as out:
        for start in range(0, side, ROWS_AT_ONCE):
            stop = min(side, start + ROWS_AT_ONCE)
            plant, town, wet, speck = (field.rows(start, stop) for field in (plants, towns, water, specks))
            cover = np.full(plant.shape, CROP, np.uint8)
            cover[plant < p[0]] = GRASS
            cover[plant > p[1]] = SHRUB
            cover[plant > p[2]] = TREE
            cover[(speck < s[0]) & (plant < p[1])] = BARE
            is_town = town > t[0]
            cover[is_town] = BUILT
            cover[is_town & (speck > s[1])] = GRASS
            cover[(speck > s[2]) & (is_town | (cover == CROP))] = TREE
            cover[wet < w[1]] = WETLAND
            cover[(wet < w[0]) | ((wet > w[2]) & (wet < w[3]))] = WATER
            # The edge of a swath.
            cover[np.arange(side)[None, :] * 5 + np.arange(start, stop)[:, None] < side * 0.25] = 0
            out.write(cover, 1, window=Window(0, start, side, stop - start))


def wiggle(count, seed, size, closed):
    """A line of `count` values that wanders about 0, finer and finer; at its ends 0 unless it is closed."""
    at = np.linspace(0, 2 * np.pi, count, endpoint=not closed)
    rng = np.random.default_rng([SEED, 50, seed])
    value = sum(np.sin(at * 2 ** k + rng.uniform(0, 6.28)) / 1.7 ** k for k in range(1, 10))
    return size * value * (1 if closed else np.sin(at / 2))


def make_districts(side):
    """One in the middle, four around it, eight around these; neighbours have the same vertices."""
    around, across, middle = 8 * 1024, 768, side * CELL / 2
    angles = np.arange(around) * 2 * np.pi / around
    reach = [middle * share * (1 + wiggle(around, n, 0.03, True)) for n, share in enumerate((0.3, 0.62, 0.93))]

    def point(radius, angle):
        return [round(LEFT + middle + float(radius) * float(np.cos(angle)), 2),
                round(TOP - middle + float(radius) * float(np.sin(angle)), 2)]

    def arc(ring, first, last):
        return [point(reach[ring][i % around], angles[i % around]) for i in range(first, last + 1)]

    def spoke(ring, index):
        low, high = reach[ring][index % around], reach[ring + 1][index % around]
        turns = wiggle(across, 10 * ring + index, 0.02, False)
        steps = zip(np.linspace(low, high, across), angles[index % around] + turns)
        line = [point(radius, angle) for radius, angle in steps]
        # The ends to the bit as the arcs have them.
        return arc(ring, index, index) + line[1:-1] + arc(ring + 1, index, index)

    rings = [arc(0, 0, around - 1) + arc(0, 0, 0)]
    for ring, parts in ((0, 4), (1, 8)):
        for part in range(parts):
            first, last = around * part // parts, around * (part + 1) // parts
            rings.append(spoke(ring, first)[:-1] + arc(ring + 1, first, last)[:-1]
                         + spoke(ring, last % around)[::-1][:-1] + arc(ring, first, last)[::-1])
    return rings


def write_districts(folder, side):
    rings = make_districts(side)
    parts = [{"type": "Feature", "properties": {"id": n + 1, "name": f"District {n + 1:02d}"},
              "geometry": {"type": "Polygon", "coordinates": [ring]}} for n, ring in enumerate(rings)]
    right, bottom = LEFT + side * CELL, TOP - side * CELL
    box = [[LEFT, TOP], [LEFT, bottom], [right, bottom], [right, TOP], [LEFT, TOP]]
    rest = {"type": "Feature", "properties": {"id": 14, "name": "Around"},
            "geometry": {"type": "Polygon", "coordinates": [box]}}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    for name, found in (("districts", parts), ("districts_and_rest", parts + [rest])):
        with open(f"{folder}/{name}.geojson", "w") as out:
            json.dump({"type": "FeatureCollection", "crs": crs, "features": found}, out)
    # Burned in the opposite order: where two claim a cell, the first one of the file has it.
    shapes = [(part["geometry"], part["properties"]["id"]) for part in reversed(parts)]
    zones = features.rasterize(shapes, (side, side), transform=from_origin(LEFT, TOP, CELL, CELL), dtype="uint8")
    with rasterio.open(f"{folder}/zones.tif", "w", **profile(side, "uint8", 0)) as out:
        out.write(zones, 1)


RED = {TREE: 330, SHRUB: 640, GRASS: 720, CROP: 990, BUILT: 1480, BARE: 2060, WATER: 370, WETLAND: 510}
NIR = {TREE: 2880, SHRUB: 2520, GRASS: 3060, CROP: 2740, BUILT: 2120, BARE: 2650, WATER: 250, WETLAND: 1980}


def make_bands(folder, side):
    texture = Terrain(side, [(256, 60), (32, 40), (4, 30)], 5)
    noise = np.random.default_rng([SEED, 6])
    with rasterio.open(f"{folder}/landcover.tif") as cover:
        for name, means in (("red", RED), ("nir", NIR)):
            table = np.zeros(256, np.float32)
            table[list(means)] = list(means.values())
            with rasterio.open(f"{folder}/{name}.tif", "w", **profile(side, "uint16", 0, predictor=2)) as out:
                for start in range(0, side, ROWS_AT_ONCE):
                    window = Window(0, start, side, min(ROWS_AT_ONCE, side - start))
                    codes = cover.read(1, window=window)
                    value = table[codes] + texture.rows(start, start + window.height)
                    value += noise.normal(0, 40, codes.shape).astype(np.float32)
                    band = np.clip(value, 1, 12_000).astype(np.uint16)
                    band[codes == 0] = 0
                    out.write(band, 1, window=window)


def make_soil(path, side):
    left, bottom, right, top = transform_bounds(CRS, "EPSG:4326", LEFT, TOP - side * CELL, LEFT + side * CELL, TOP)
    step = 1 / 480
    west, north = (np.floor(left / step) - 4) * step, (np.ceil(top / step) + 4) * step
    width, height = int((right - west) / step) + 6, int((north - bottom) / step) + 6
    depth = Terrain(max(width, height), [(64, 150), (16, 80), (4, 40)], 8).rows(0, height)[:, :width]
    gaps = Terrain(max(width, height), [(32, 1.0)], 9).rows(0, height)[:, :width] > 1.4
    stock = np.clip(540 + depth, 10, 2_400).astype(np.uint16)
    stock[gaps] = 65_535
    with rasterio.open(path, "w", driver="GTiff", width=width, height=height, count=1, dtype="uint16", nodata=65_535,
                       crs="EPSG:4326", tiled=True, blockxsize=256, blockysize=256, compress="deflate", predictor=2,
                       transform=from_origin(west, north, step, step)) as out:
        out.write(stock, 1)


def main():
    folder, kind = sys.argv[1], sys.argv[2]
    side = SIDES[kind]
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/factors.csv", "w") as out:
        out.write(FACTORS)
    make_landcover(f"{folder}/landcover.tif", side)
    write_districts(folder, side)
    if "--bands" in sys.argv:
        make_bands(folder, side)
        make_soil(f"{folder}/soil.tif", side)
    # Written last: where it is, the folder is complete.
    with open(f"{folder}/complete", "w") as out:
        out.write("1\n")


main()
