/* What one core of this machine can do with the blocks of a class raster: limit BLOCKS
   BLOCKS holds deflated blocks of 512 x 512 bytes, each after its length (uint32). Printed: Mpx/s of decoding alone, and of
   decoding and counting by class for one zone; medians of 7 in CPU time.
   gcc -O3 -march=native limit.c -o limit -ldeflate */
#include <libdeflate.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIDE 512
#define CELLS (SIDE * SIDE)
#define TIMES 7

static double cpu(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b) {
  double d = *(const double *)a - *(const double *)b;
  return (d > 0) - (d < 0);
}

static uint32_t counts[4][256];

static void count(const uint8_t *cell) {
  for (int i = 0; i < CELLS; i += 4)
    for (int k = 0; k < 4; k++) counts[k][cell[i + k]]++;
}

int main(int argc, char **argv) {
  FILE *in = argc > 1 ? fopen(argv[1], "rb") : NULL;
  if (!in) return 1;
  fseek(in, 0, SEEK_END);
  long size = ftell(in);
  rewind(in);
  uint8_t *all = malloc(size), *out = malloc(CELLS);
  if (fread(all, 1, size, in) != (size_t)size) return 1;
  struct libdeflate_decompressor *inflate = libdeflate_alloc_decompressor();
  for (int counted = 0; counted < 2; counted++) {
    double speed[TIMES];
    for (int t = 0; t < TIMES; t++) {
      double start = cpu(), cells = 0;
      for (long at = 0; at < size;) {
        uint32_t length;
        memcpy(&length, all + at, 4);
        if (libdeflate_zlib_decompress(inflate, all + at + 4, length, out, CELLS, NULL)) return 2;
        if (counted) count(out);
        cells += CELLS;
        at += 4 + length;
      }
      speed[t] = cells / 1e6 / (cpu() - start);
    }
    qsort(speed, TIMES, sizeof *speed, by_value);
    printf("%.0f ", speed[TIMES / 2]);
  }
  /* So that counting is not left out. */
  fprintf(stderr, "%u\n", counts[0][10]);
  return 0;
}
