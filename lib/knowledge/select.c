// Examples that are chosen by what a path does to them, or by how they were learnt.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/knowledge.h"
#include "mc/rng.h"

static double hard(const struct mc_dynamics *d, int i, uint64_t seed) {
    (void)seed;
    return d->confidence[i];
}

static double easy(const struct mc_dynamics *d, int i, uint64_t seed) {
    (void)seed;
    return -d->confidence[i];
}

static double ambiguous(const struct mc_dynamics *d, int i, uint64_t seed) {
    (void)seed;
    return -d->variability[i];
}

static double most_forgotten(const struct mc_dynamics *d, int i, uint64_t seed) {
    (void)seed;
    return -d->forgetting[i];
}

static bool has_event(const struct mc_dynamics *d, int i) { return d->forgetting[i] > 0; }

static double by_number_alone(const struct mc_dynamics *d, int i, uint64_t seed) {
    (void)d;
    (void)i;
    (void)seed;
    return 0;
}

static bool never_right(const struct mc_dynamics *d, int i) { return d->correct[i] == 0; }

// Of its own for every example: fewer are among more, whatever other examples there are.
static double at_random(const struct mc_dynamics *d, int i, uint64_t seed) {
    struct mc_rng r;
    mc_rng_init(&r, seed, MC_RNG_CHOOSE, (uint32_t)d->example[i]);
    return mc_rng_uniform(&r);
}

const struct mc_selection mc_selections[] = {
    {"forgotten", true, MC_FORGOTTEN, most_forgotten, has_event},
    {"learned", true, MC_LEARNED, NULL, NULL},
    {"never", true, MC_NEVER, by_number_alone, never_right},
    {"hard", false, MC_FATES, hard, NULL},
    {"easy", false, MC_FATES, easy, NULL},
    {"ambiguous", false, MC_FATES, ambiguous, NULL},
    {"random", false, MC_FATES, at_random, NULL},
    {NULL, false, MC_FATES, NULL, NULL}};

const struct mc_selection *mc_selection_find(const char *name) {
    const struct mc_selection *s = mc_selections;
    while (s->name && strcmp(s->name, name) != 0) s++;
    return s->name ? s : NULL;
}

const char *mc_selection_choices(char out[MC_SELECTION_CHOICES]) {
    size_t at = 0;
    for (const struct mc_selection *s = mc_selections; s->name; s++)
        at += (size_t)snprintf(out + at, at < MC_SELECTION_CHOICES ? MC_SELECTION_CHOICES - at : 0,
                               "%s%s", at ? "|" : "", s->name);
    return out;
}

// --- ranking
struct chosen {
    int64_t example, rank;
    double key;
};

static int by_key(const void *a, const void *b) {
    const struct chosen *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->example > y->example) - (x->example < y->example);
}

static int by_rank(const void *a, const void *b) {
    const struct chosen *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return (x->example > y->example) - (x->example < y->example);
}

// Keys within 1e-12 of the first of a run are equal: means of the same numbers, added up in another
// order, are.
static int rank(struct chosen *c, int n, int64_t **out, int *n_out, struct mc_error *e) {
    int64_t ranks = 0;
    double first = 0;
    *n_out = n;
    if (!(*out = mc_new((size_t)n, sizeof **out, e))) return MC_ERR_MEM;
    qsort(c, (size_t)n, sizeof *c, by_key);
    for (int i = 0; i < n; i++) {
        if (i == 0 || c[i].key - first > 1e-12) {
            first = c[i].key;
            ranks++;
        }
        c[i].rank = ranks;
    }
    qsort(c, (size_t)n, sizeof *c, by_rank);
    for (int i = 0; i < n; i++) (*out)[i] = c[i].example;
    return 0;
}

int mc_select_of_path(const struct mc_selection *s, const struct mc_ledger *l,
                      const struct mc_dynamics *d, const int *at, int64_t **out, int *n_out,
                      struct mc_error *e) {
    struct chosen *c = mc_new((size_t)l->n, sizeof *c, e);
    int n = 0;
    if (!c) return MC_ERR_MEM;
    for (int i = 0; i < l->n; i++)
        if (mc_ledger_fate(l, 0, l->n_points - 1, i) == s->fate)
            c[n++] = (struct chosen){.example = l->example[i], .key = d ? d->confidence[at[i]] : 0};
    int rc = rank(c, n, out, n_out, e);
    free(c);
    return rc;
}

int mc_select_of_dynamics(const struct mc_selection *s, const struct mc_dynamics *d, uint64_t seed,
                          int64_t **out, int *n_out, struct mc_error *e) {
    struct chosen *c = mc_new((size_t)d->n, sizeof *c, e);
    int n = 0;
    if (!c) return MC_ERR_MEM;
    for (int i = 0; i < d->n; i++)
        if (!s->counts || s->counts(d, i))
            c[n++] = (struct chosen){.example = d->example[i], .key = s->key(d, i, seed)};
    int rc = rank(c, n, out, n_out, e);
    free(c);
    return rc;
}
