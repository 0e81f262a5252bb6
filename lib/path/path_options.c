// The options by which a kind of path is chosen, and those that kinds have of their own, from their
// rows.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "mc/path.h"

// The places of the two that choose a row.
enum { AT_KIND, AT_SPACE };

// Adds a word to choices "a|b" that lack it.
static void add_choice(char choices[MC_PATH_CHOICES], const char *word) {
    size_t n = strlen(word);
    for (const char *p = choices; *p; p += strcspn(p, "|"), p += *p == '|')
        if (strcspn(p, "|") == n && memcmp(p, word, n) == 0) return;
    assert(strlen(choices) + n + 2 <= MC_PATH_CHOICES); // the table is ours
    if (*choices) strcat(choices, "|");
    strcat(choices, word);
}

static void add(struct mc_path_options *o, const struct mc_option *of) {
    for (int i = 0; i < o->n; i++)
        if (o->v[i].of == of) return;
    assert(o->n < MC_PATH_OPTIONS);
    o->v[o->n++] = mc_option_not_given(of);
}

// What -n, --from and --to say in --help: the values of kinds that have others than the first row.
static void describe_range(char out[MC_PATH_CHOICES], const char *what, int field) {
    const struct mc_range *first = &mc_path_kinds[0]->range;
    size_t n = (size_t)snprintf(out, MC_PATH_CHOICES, "%s; default: ", what);
    for (int i = 0; mc_path_kinds[i]; i++) {
        const struct mc_range *r = &mc_path_kinds[i]->range;
        double v = field == 0   ? r->n
                   : field == 1 ? r->from
                                : r->to,
               usual = field == 0   ? first->n
                       : field == 1 ? first->from
                                    : first->to;
        if (i > 0 && v == usual) continue;
        n += (size_t)snprintf(out + n, MC_PATH_CHOICES - n, i ? ", %s %g" : "%s%g",
                              i ? mc_path_kinds[i]->name : "", v);
        assert(n < MC_PATH_CHOICES); // the table is ours
    }
}

void mc_path_options_init(struct mc_path_options *o) {
    const struct mc_path_kind *first = mc_path_kinds[0];
    assert(first); // the table is ours
    *o = (struct mc_path_options){
        .kind = {"--kind", "K", "shape of the path; default: of two models the first of these",
                 MC_OPTION_CHOICE, .choices = o->kinds, .word = first->name},
        .space = {"--space", "S",
                  "what of a LoRA delta moves: its tensors, or the products B A they stand for",
                  MC_OPTION_CHOICE, .choices = o->spaces, .word = first->space}};
    add(o, &o->kind);
    add(o, &o->space);
    for (int i = 0; mc_path_kinds[i]; i++) {
        const struct mc_path_kind *k = mc_path_kinds[i];
        if (!k->controls_alone) add_choice(o->kinds, k->name);
        add_choice(o->spaces, k->space);
        for (int j = 0; k->options && k->options[j]; j++) add(o, k->options[j]);
    }
    describe_range(o->n_help, "equidistant points, of a plane on each axis, both ends included", 0);
    describe_range(o->from_help, "first point", 1);
    describe_range(o->to_help, "last point", 2);
}

static bool has_option(const struct mc_path_kind *k, const struct mc_option *of) {
    for (int j = 0; k->options && k->options[j]; j++)
        if (k->options[j] == of) return true;
    return false;
}

// The first row that has an option.
static const struct mc_path_kind *owner(const struct mc_option *of) {
    for (int i = 0; mc_path_kinds[i]; i++)
        if (has_option(mc_path_kinds[i], of)) return mc_path_kinds[i];
    assert(false); // the option is a row's
    return NULL;
}

// The row of this name, among those that control documents make or the others, or NULL.
static const struct mc_path_kind *find(const char *name, const char *space, bool curve) {
    for (int i = 0; mc_path_kinds[i]; i++) {
        const struct mc_path_kind *k = mc_path_kinds[i];
        if (strcmp(k->name, name) == 0 && strcmp(k->space, space) == 0 &&
            (curve ? k->controls != NULL : !k->controls_alone))
            return k;
    }
    return NULL;
}

int mc_path_options_choose(struct mc_path_options *o, const struct mc_path_kind **kind,
                           struct mc_error *e) {
    const char *name = o->v[AT_KIND].text, *space = o->v[AT_SPACE].text;
    *kind = find(name, space, false);
    if (!*kind) return mc_fail(e, MC_ERR_USAGE, "--kind %s has no --space %s", name, space);
    for (int i = MC_PATH_CHOOSING; i < o->n; i++) {
        struct mc_option_value *v = &o->v[i];
        bool its = has_option(*kind, v->of);
        if (v->given && !its)
            return mc_fail(e, MC_ERR_USAGE, "%s is for --kind %s", v->of->name, owner(v->of)->name);
        v->given = its;
    }
    return 0;
}

int mc_path_options_choose_curve(struct mc_path_options *o, const char *curve,
                                 const struct mc_path_kind **kind, struct mc_error *e) {
    if (o->v[AT_KIND].given)
        return mc_fail(e, MC_ERR_USAGE,
                       "--kind is not for control documents: their mc.curve names the curve");
    if (strcmp(o->v[AT_SPACE].text, o->space.word) != 0)
        return mc_fail(e, MC_ERR_USAGE, "a curve has no --space %s", o->v[AT_SPACE].text);
    *kind = find(curve, o->space.word, true);
    if (!*kind) return mc_fail(e, MC_ERR_INPUT, "mc.curve: no curve is a '%s'", curve);
    o->v[AT_KIND].text = (*kind)->name;
    return 0;
}

int mc_path_axes(const struct mc_path_kind *k, const struct mc_path_options *o) {
    return k->axes ? k->axes(o) : 1;
}

int mc_path_fits(const struct mc_path_kind *k, const struct mc_grid *g, bool groups,
                 struct mc_error *e) {
    bool other_space = strcmp(k->space, mc_path_kinds[0]->space) != 0;
    if (groups && !k->by_groups)
        return mc_fail(e, MC_ERR_USAGE, "--by is not for --kind %s%s%s: all of it moves", k->name,
                       other_space ? " --space " : "", other_space ? k->space : "");
    for (int i = 0; k->bounded && i < g->n; i++)
        if (!(g->at[i].t >= 0 && g->at[i].t <= 1))
            return mc_fail(e, MC_ERR_USAGE, "a %s is there from t = 0 to 1, not at %.9g", k->name,
                           g->at[i].t);
    return 0;
}
