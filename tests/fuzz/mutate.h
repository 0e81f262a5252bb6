// Mutators for libFuzzer; each changes p[n] in place, up to max bytes, and returns the new size.
#ifndef MC_TEST_MUTATE_H
#define MC_TEST_MUTATE_H

#include <stddef.h>
#include <stdint.h>

size_t LLVMFuzzerMutate(uint8_t *p, size_t n, size_t max);                  // libFuzzer's own
size_t fuzz_mutate_docs(uint8_t *p, size_t n, size_t max, unsigned seed);   // bare documents
size_t fuzz_mutate_stream(uint8_t *p, size_t n, size_t max, unsigned seed); // any envelope

#endif
