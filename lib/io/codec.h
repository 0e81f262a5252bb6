// Raw deflate and CRC-32 of one block: ISA-L where the build found it, zlib otherwise. Private to
// lib/io.
#ifndef MC_IO_CODEC_H
#define MC_IO_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "mc/err.h"

// Bytes that a block of n may take, at any level.
size_t mc_deflate_bound(size_t n);
// Raw deflate of src[n] into dst[mc_deflate_bound(n)]; level 0 = stored blocks, and so at level 1
// where the block's beginning does not shrink by an eighth.
int mc_deflate(int level, const uint8_t *src, size_t n, uint8_t *dst, size_t *n_out,
               struct mc_error *e) MC_MUST_USE;
// Raw inflate: the whole of src[n] must be one deflate stream of at most cap bytes.
int mc_inflate(const uint8_t *src, size_t n, uint8_t *dst, size_t cap, size_t *n_out,
               struct mc_error *e) MC_MUST_USE;
// CRC-32 as gzip has it, of crc's bytes followed by p[n]; start with 0.
uint32_t mc_crc32(uint32_t crc, const void *p, size_t n);

#endif
