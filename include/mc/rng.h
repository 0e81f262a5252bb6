// Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, Random123), keyed by seed and
// purpose. A draw is a pure function of (seed, purpose, counter): any thread may compute it, in any
// order.
#ifndef MC_RNG_H
#define MC_RNG_H

#include <stdint.h>

#include "mc/err.h"

enum mc_purpose {
    MC_RNG_INIT = 1,    // new parameters; by the tensor's name
    MC_RNG_ORDER = 2,   // order of examples; stream = epoch
    MC_RNG_DROPOUT = 3, // masks; key alone, kernels count (mc_rng_key)
    MC_RNG_PERTURB = 4, // Gaussian noise on weights; by the tensor's name
    MC_RNG_SUBSET = 5,  // subsets of a data set
    MC_RNG_BOOT = 6,    // bootstrap; stream = resample
    MC_RNG_SYNTH = 7,   // the synthetic language
    MC_RNG_TEST = 8,
    MC_RNG_DIRECTION = 9, // random directions; by the tensor's name
    MC_RNG_CURVE = 10,    // where on a curve a pass of training is; stream = step
    MC_RNG_CORRUPTION =
        11, // of sequences of pre-training; stream = step, from a place of their own
    MC_RNG_PERMUTE = 12, // of two groups; stream = segment of a path
    MC_RNG_CHOOSE = 13,  // examples at random; stream = example
};

// A sequence of draws: key of seed, purpose and stream; the counter advances.
struct mc_rng {
    uint32_t key[2];
    uint32_t stream;
    uint64_t at; // draws of 32 bits taken so far
    uint32_t block[4];
};

// The sequence of a seed, a purpose and a number of the caller's; sequences that differ in any of
// them are independent.
void mc_rng_init(struct mc_rng *r, uint64_t seed, enum mc_purpose purpose, uint32_t stream);
// The stream of a name (XXH32 of its bytes): what is drawn for a tensor depends on no other tensor.
void mc_rng_init_named(struct mc_rng *r, uint64_t seed, enum mc_purpose purpose, const char *name);
// 32 uniform bits.
uint32_t mc_rng_u32(struct mc_rng *r);
// Uniform on [0, n) without bias, n >= 1.
uint64_t mc_rng_below(struct mc_rng *r, uint64_t n);
double mc_rng_uniform(struct mc_rng *r); // [0, 1), 53 bits
double mc_rng_normal(struct mc_rng *r);  // N(0, 1), Box-Muller
// perm[n] becomes a uniformly random permutation of 0..n-1.
void mc_rng_permutation(struct mc_rng *r, int64_t *perm, int64_t n);
// part[to - from] becomes what mc_rng_permutation puts at from..to - 1 of n, in memory of what it
// is asked for, whatever n is. It begins at the start of the sequence, which it leaves anywhere. (A
// draw that is not taken there for being beyond the last multiple of its bound, one in 2^64 / n, is
// taken here.)
int mc_rng_permutation_part(struct mc_rng *r, int64_t n, int64_t from, int64_t to, int64_t *part,
                            struct mc_error *e) MC_MUST_USE;
// The key of a seed and a purpose, for kernels that count by themselves.
void mc_rng_key(uint64_t seed, enum mc_purpose purpose, uint32_t key[2]);

#endif
