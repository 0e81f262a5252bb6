// The options that methods have of their own: collected from their classes, checked against the
// method that is chosen, and set in its parameters.
#include <assert.h>
#include <string.h>

#include "mc/method.h"
#include "mc/split.h"

void mc_method_options_init(struct mc_method_options *o) {
    o->n = 0;
    for (int i = 0; mc_methods[i]; i++)
        for (int k = 0; k < mc_methods[i]->n_options; k++) {
            assert(o->n < MC_METHOD_OPTIONS); // the tables are ours
            const struct mc_method_class *cls = mc_methods[i];
            const struct mc_method_option *of = &cls->options[k];
            o->v[o->n++] = (struct mc_method_value){cls, of, mc_option_not_given(&of->is)};
        }
}

int mc_method_options_check(const struct mc_method_options *o, const char *method,
                            struct mc_error *e) {
    for (int i = 0; i < o->n; i++) {
        const struct mc_method_value *v = &o->v[i];
        bool its = method ? strcmp(method, v->cls->name) == 0 : v->of->further;
        if (v->is.given && !its)
            return mc_fail(e, MC_ERR_USAGE, "%s is for --method %s", v->of->is.name, v->cls->name);
    }
    return 0;
}

static int set(struct mc_method *h, const struct mc_method_value *v, struct mc_error *e) {
    char *to = (v->of->own ? (char *)h->own : (char *)h) + v->of->at;
    const char *names = v->is.text;
    switch (v->of->is.type) {
    case MC_OPTION_WHOLE: *(int *)(void *)to = (int)v->is.whole; return 0;
    case MC_OPTION_REAL: *(double *)(void *)to = v->is.real; return 0;
    case MC_OPTION_CHOICE:
    case MC_OPTION_TEXT: break;
    }
    return names ? mc_split(names, ',', v->of->is.name, &h->targets, &h->n_targets, e) : 0;
}

int mc_method_options_new(const struct mc_method_options *o, struct mc_method *h,
                          struct mc_error *e) {
    MC_TRY(mc_method_alloc_own(h, e));
    for (int i = 0; i < o->n; i++)
        if (o->v[i].cls == h->cls) MC_TRY(set(h, &o->v[i], e));
    return 0;
}

int mc_method_options_further(const struct mc_method_options *o, struct mc_method *h, bool *changed,
                              struct mc_error *e) {
    *changed = false;
    for (int i = 0; i < o->n; i++) {
        const struct mc_method_value *v = &o->v[i];
        if (!v->is.given) continue;
        if (v->cls != h->cls || !v->of->further)
            return mc_fail(e, MC_ERR_USAGE, "%s: the input is a %s", v->of->is.name,
                           h->cls ? "delta, which keeps its own" : "complete model");
        MC_TRY(set(h, v, e));
        *changed = true;
    }
    return 0;
}
