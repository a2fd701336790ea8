#!/bin/bash
# Peer for job 1 (tables): GDAL's own tools. zonal_gdal.sh FOLDER SCRATCH JSON
# Zones burned, zone and class put into one byte (ten classes a zone), its histogram, and from that the counts.
set -euo pipefail
folder=$1 scratch=$2 answer=$3
mkdir -p "$scratch"
export GDAL_PAM_ENABLED=NO
burn=() calc=()
for option in TILED=YES BLOCKXSIZE=512 BLOCKYSIZE=512 COMPRESS=DEFLATE ZLEVEL=1; do
  burn+=(-co "$option") calc+=("--co=$option")
done
read -r cols rows left bottom right top < <(gdalinfo -json "$folder/landcover.tif" | /usr/bin/python3 -c '
import json, sys
found = json.load(sys.stdin)
x, dx, _, y, _, dy = found["geoTransform"]
w, h = found["size"]
print(w, h, x, y + h * dy, x + w * dx, y)')
gdal_rasterize -q -a id -ot Byte -ts "$cols" "$rows" -te "$left" "$bottom" "$right" "$top" "${burn[@]}" \
  "$folder/districts.geojson" "$scratch/zones.tif"
# Codes 10, 20 ... 90 to 1 ... 9; 0, where nothing is measured, stays.
gdal_calc.py --quiet --overwrite -A "$folder/landcover.tif" -B "$scratch/zones.tif" --hideNoData --NoDataValue=255 \
  --type=Byte "${calc[@]}" --outfile="$scratch/pairs.tif" --calc='B*10+A//10'
gdalinfo -json -hist "$scratch/pairs.tif" | /usr/bin/python3 -c '
import json, sys
buckets = json.load(sys.stdin)["bands"][0]["histogram"]["buckets"]
zones = {}
for value, cells in enumerate(buckets):
    zone, tenth = divmod(value, 10)
    if cells and zone and tenth:
        zones.setdefault(str(zone), {"cells": {}})["cells"][str(tenth * 10)] = cells
json.dump({"zones": zones}, open(sys.argv[1], "w"))' "$answer"
