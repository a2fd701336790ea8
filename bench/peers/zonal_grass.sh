#!/bin/bash
# Peer for job 1 (tables) and 3 (patches): GRASS. zonal_grass.sh FOLDER SCRATCH JSON tables|patches
# Rasters are linked, not imported; zones come burned already (zones.tif), which is not in the time measured.
set -euo pipefail
folder=$(realpath "$1") scratch=$2 answer=$3 job=$4
rm -rf "$scratch" && mkdir -p "$scratch"
scratch=$(realpath "$scratch")
cat > "$scratch/job.sh" <<JOB
set -euo pipefail
export GRASS_VERBOSE=0
r.external -o --q input=$folder/landcover.tif output=cover
r.external -o --q input=$folder/zones.tif output=zones
g.region raster=cover
if [ $job = tables ]; then
  r.stats -cn --q input=zones,cover separator=, output=$scratch/pairs.csv
else
  printf '10 20 30 90 = 1\n* = NULL\n' | r.reclass --q input=cover output=green rules=-
  r.clump -d --q input=green output=patches
  r.stats -c --q input=patches,zones separator=, output=$scratch/pairs.csv
fi
JOB
grass --tmp-location "$folder/landcover.tif" --exec bash "$scratch/job.sh" > "$scratch/log" 2>&1
/usr/bin/python3 - "$job" "$scratch/pairs.csv" "$answer" <<'PY'
import collections, json, sys
job, pairs, answer = sys.argv[1:]
rows = [line.strip().split(",") for line in open(pairs)]
zones = {}
if job == "tables":
    for zone, code, cells in rows:
        if zone != "0" and code != "0":
            zones.setdefault(zone, {"cells": {}})["cells"][code] = int(cells)
    json.dump({"zones": zones}, open(answer, "w"))
else:
    # Zone 0 is nodata there, and written *.
    rows = [(patch, "0" if zone == "*" else zone, int(cells)) for patch, zone, cells in rows if patch != "*"]
    sizes = collections.Counter()
    for patch, _, cells in rows:
        sizes[patch] += cells
    small = collections.Counter()
    for patch, zone, cells in rows:
        if sizes[patch] < 40:
            small[zone] += cells
    json.dump({"small": dict(small)}, open(answer, "w"))
PY
