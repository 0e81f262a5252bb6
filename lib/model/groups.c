// Groups of tensors: by layer, sublayer, kind or each for itself.
#include "mc/groups.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const WORDS[] = {[MC_BY_LAYER] = "layer",
                                    [MC_BY_SUBLAYER] = "sublayer",
                                    [MC_BY_KIND] = "kind",
                                    [MC_BY_TENSOR] = "tensor"};

const char *mc_group_by_name(enum mc_group_by by) { return WORDS[by]; }

enum mc_group_by mc_group_by_word(const char *word) {
    int by = MC_BY_TENSOR;
    while (by > MC_BY_LAYER && strcmp(WORDS[by], word) != 0) by--;
    assert(strcmp(WORDS[by], word) == 0); // a choice of the command line
    return (enum mc_group_by)by;
}

// A sublayer stands behind the name of its layer; what is in none goes by the layer or block.
static void sublayer_name(const struct mc_config *c, const struct mc_place *is,
                          char out[MC_PARAM_NAME]) {
    static const char *const WORD[] = {[MC_SUBLAYER_NONE] = "",
                                       [MC_SUBLAYER_ATTENTION] = ".attention",
                                       [MC_SUBLAYER_CROSS] = ".cross",
                                       [MC_SUBLAYER_FEED_FORWARD] = ".ffn"};
    char layer[MC_GROUP_NAME];
    snprintf(out, MC_PARAM_NAME, "%s%s", mc_group_name(c, is, layer),
             is->block == MC_BLOCK_LAYER ? WORD[is->sublayer] : "");
}

static void name_of(const struct mc_config *c, const struct mc_param *p, enum mc_group_by by,
                    char out[MC_PARAM_NAME]) {
    switch (by) {
    case MC_BY_LAYER: mc_group_name(c, &p->is, out); break;
    case MC_BY_SUBLAYER: sublayer_name(c, &p->is, out); break;
    case MC_BY_KIND: mc_kind_name(c, p, out); break;
    case MC_BY_TENSOR: strcpy(out, p->name); break;
    }
}

// The last group is the likeliest; names of tensors stand once.
static int find(struct mc_groups *g, const char *name, enum mc_group_by by) {
    for (int i = by == MC_BY_TENSOR ? 0 : g->n; i > 0; i--)
        if (strcmp(g->name[i - 1], name) == 0) return i - 1;
    strcpy(g->name[g->n], name);
    return g->n++;
}

int mc_groups_make(struct mc_groups *g, const struct mc_config *c, const struct mc_table *t,
                   enum mc_group_by by, struct mc_error *e) {
    *g = (struct mc_groups){.name = mc_new((size_t)t->n, sizeof *g->name, e),
                            .of = mc_new((size_t)t->n, sizeof *g->of, e)};
    if (!g->name || !g->of) return MC_ERR_MEM;
    for (int i = 0; i < t->n; i++) {
        char name[MC_PARAM_NAME];
        name_of(c, &t->p[i], by, name);
        g->of[i] = find(g, name, by);
    }
    return 0;
}

void mc_groups_release(struct mc_groups *g) {
    free(g->name);
    free(g->of);
    *g = (struct mc_groups){0};
}
