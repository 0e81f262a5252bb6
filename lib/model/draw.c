// Weights drawn from a seed, and noise added to them: functions of the seed and of tensors' names.
#include <string.h>

#include "model_impl.h"
#include "mc/rng.h"

static void draw_by(struct mc_model *m, int i, const char *name, uint64_t seed, double std) {
    const struct mc_param *p = &m->table.p[i];
    float *w = m->w + p->at;
    struct mc_rng r;
    if (std < 0) std = p->init_scale;
    mc_rng_init_named(&r, seed, MC_RNG_INIT, name);
    for (size_t k = 0; k < p->n; k++)
        w[k] = p->init == MC_INIT_NORMAL ? (float)(std * mc_rng_normal(&r))
               : p->init == MC_INIT_ONE  ? (float)p->init_scale
                                         : 0;
    if (p->pad_row >= 0) memset(w + p->pad_row * p->dim[1], 0, (size_t)p->dim[1] * sizeof *w);
}

void mc_model_draw(struct mc_model *m, int i, uint64_t seed, double std) {
    draw_by(m, i, m->table.p[i].name, seed, std);
}

void mc_model_draw_as(struct mc_model *m, int i, const char *name, uint64_t seed) {
    draw_by(m, i, name, seed, -1);
}

void mc_model_draw_block(struct mc_model *m, enum mc_block block, uint64_t seed) {
    for (int i = 0; i < m->table.n; i++)
        if (m->table.p[i].is.block == block) mc_model_draw(m, i, seed, -1);
}

void mc_model_perturb(struct mc_model *m, uint64_t seed, double sd) {
    for (int i = 0; i < m->table.n; i++) {
        const struct mc_param *p = &m->table.p[i];
        struct mc_rng r;
        mc_rng_init_named(&r, seed, MC_RNG_PERTURB, p->name);
        for (size_t k = 0; k < p->n; k++) m->w[p->at + k] += (float)(sd * mc_rng_normal(&r));
    }
}
