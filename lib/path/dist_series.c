// Distances of a series of models, in order: each with the first and with the one before. A history
// of checkpoints checks itself by them: one that is there twice has the digest of another, and one
// of another run, or out of its place, lies nearer to the first than the one before it.
#include <stdlib.h>
#include <string.h>

#include "mc/dist_table.h"

struct series {
    struct mc_dist_table *t;
    struct mc_models *s;
    const struct mc_log *log;
    struct mc_numbered first, before, now; // held, or NULL
    double from_first;                     // distance of the one before
    bool deltas;                           // the first is a delta
    char (*digest)[MC_DIGEST_TEXT];        // [names.n], of the models, by their numbers
    struct mc_names names;                 // of the digests
};

static const char *digest_of(const void *of, int i) {
    return ((const struct series *)of)->digest[i];
}

// Of documents, as mc-info names them, not of what they fold into.
static int note_equal(struct series *x, struct mc_error *e) {
    int k = x->now.number;
    if ((k & (k - 1)) == 0) { // memory grows by powers of two
        void *p = mc_resize(x->digest, k ? 2 * (size_t)k : 1, sizeof *x->digest, e);
        if (!p) return MC_ERR_MEM;
        x->digest = p;
    }
    MC_TRY(mc_model_digest(x->now.m, e));
    strcpy(x->digest[k], x->now.m->digest);
    int same = mc_names_find(&x->names, x, digest_of, x->digest[k]);
    if (same >= 0) mc_note(x->log, "models %d and %d are equal: digest %s", same, k, x->digest[k]);
    return mc_names_add(&x->names, x, digest_of, e);
}

// The next model, folded where the first one is: 1, or 0 at the end.
static int read_next(struct series *x, struct mc_error *e) {
    bool stuck;
    int rc = mc_models_next(x->s, &x->now.m, e);
    if (rc != 1) return rc;
    MC_TRY(note_equal(x, e));
    MC_TRY(mc_dist_stuck(x->now.m, &stuck, e));
    if (!x->first.m) {
        x->t->folds = !stuck;
        x->deltas = x->now.m->base != NULL;
    }
    if (stuck == x->t->folds)
        MC_TRY(stuck ? mc_dist_check_fold(x->t, x->now, x->first, e)
                     : mc_dist_check_fold(x->t, x->first, x->now, e));
    MC_TRY(mc_dist_fold(x->t, &x->now.m, e));
    return 1;
}

static int compare(struct series *x, struct mc_error *e) {
    double l2;
    MC_TRY(mc_dist_check(x->t, x->first, x->now, e));
    if (x->now.number == 1) {
        MC_TRY(mc_dist_open(x->t, e));
        // deltas stand over what is held now; a complete model under later ones would be one more
        if (!x->deltas) mc_models_need_no_bases(x->s);
    }
    MC_TRY(mc_dist_pair(x->t, x->first, x->now, &l2, e));
    if (x->now.number > 1) MC_TRY(mc_dist_pair(x->t, x->before, x->now, NULL, e));
    if (l2 < x->from_first)
        mc_note(x->log, "model %d: its distance to model 0 falls, %.9g after %.9g of model %d",
                x->now.number, l2, x->from_first, x->before.number);
    x->from_first = l2;
    return mc_out_flush(&x->t->out, e);
}

static int read_all(struct series *x, struct mc_error *e) {
    int rc;
    while ((rc = read_next(x, e)) == 1) {
        if (x->first.m) {
            MC_TRY(compare(x, e));
        } else {
            x->first = x->now;
            mc_model_hold(x->now.m);
        }
        mc_model_drop(x->before.m);
        x->before = x->now;
        x->now = (struct mc_numbered){NULL, x->before.number + 1};
    }
    if (rc == 0 && x->now.number < 2)
        rc = mc_fail(e, MC_ERR_INPUT, "a distance needs two models, %d given%s", x->now.number,
                     mc_models_advice(x->s));
    return rc;
}

int mc_dist_series(struct mc_dist_table *t, struct mc_models *s, const struct mc_log *log,
                   struct mc_error *e) {
    struct series x = {.t = t, .s = s, .log = log};
    t->steps = true;
    int rc = read_all(&x, e);
    mc_model_drop(x.first.m);
    mc_model_drop(x.before.m);
    mc_model_drop(x.now.m);
    mc_names_release(&x.names);
    free(x.digest);
    return rc;
}
