// The options by which a kind of path is chosen, and those that kinds have of their own, from their
// rows.
#include <assert.h>
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

void mc_path_options_init(struct mc_path_options *o) {
    const struct mc_path_kind *first = mc_path_kinds[0];
    assert(first); // the table is ours
    *o = (struct mc_path_options){
        .kind = {"--kind", "K", "shape of the path", MC_OPTION_CHOICE, .choices = o->kinds,
                 .word = first->name, .later = "chain|bezier|slerp|plane|layer|group"},
        .space = {"--space", "S",
                  "what of a LoRA delta moves: its tensors, or the products B A they stand for",
                  MC_OPTION_CHOICE, .choices = o->spaces, .word = first->space}};
    add(o, &o->kind);
    add(o, &o->space);
    for (int i = 0; mc_path_kinds[i]; i++) {
        const struct mc_path_kind *k = mc_path_kinds[i];
        add_choice(o->kinds, k->name);
        add_choice(o->spaces, k->space);
        for (int j = 0; k->options && k->options[j]; j++) add(o, k->options[j]);
    }
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

int mc_path_options_choose(struct mc_path_options *o, const struct mc_path_kind **kind,
                           struct mc_error *e) {
    const char *name = o->v[AT_KIND].text, *space = o->v[AT_SPACE].text;
    *kind = NULL;
    for (int i = 0; mc_path_kinds[i] && !*kind; i++)
        if (strcmp(mc_path_kinds[i]->name, name) == 0 &&
            strcmp(mc_path_kinds[i]->space, space) == 0)
            *kind = mc_path_kinds[i];
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
