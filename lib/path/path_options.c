// The options by which a kind of path is chosen, and those that kinds have of their own, from their
// rows.
#include <assert.h>
#include <string.h>

#include "mc/path.h"

static const struct mc_path_option KIND = {
    .name = "--kind", .arg = "K", .help = "shape of the path", .type = MC_PATH_CHOICE};
static const struct mc_path_option SPACE = {
    .name = "--space",
    .arg = "S",
    .help = "what of a LoRA delta moves: its tensors, or the products B A they stand for",
    .type = MC_PATH_CHOICE};
static const char LATER[] = "chain|bezier|slerp|plane|layer|group";

// The places of the two in the list.
enum { AT_KIND, AT_SPACE, N_CHOOSE };

// Adds a word to choices "a|b" that lack it.
static void add_choice(char choices[MC_PATH_CHOICES], const char *word) {
    size_t n = strlen(word);
    for (const char *p = choices; *p; p += strcspn(p, "|"), p += *p == '|')
        if (strcspn(p, "|") == n && memcmp(p, word, n) == 0) return;
    assert(strlen(choices) + n + 2 <= MC_PATH_CHOICES); // the table is ours
    if (*choices) strcat(choices, "|");
    strcat(choices, word);
}

static void add(struct mc_path_options *o, const struct mc_path_option *of) {
    for (int i = 0; i < o->n; i++)
        if (o->v[i].of == of) return;
    assert(o->n < MC_PATH_OPTIONS);
    o->v[o->n++] = (struct mc_path_value){.of = of,
                                          .choices = of->choices,
                                          .whole = (int64_t)of->fallback,
                                          .real = of->fallback,
                                          .word = of->word};
}

void mc_path_options_init(struct mc_path_options *o) {
    const struct mc_path_kind *first = mc_path_kinds[0];
    assert(first); // the table is ours
    memset(o, 0, sizeof *o);
    add(o, &KIND);
    add(o, &SPACE);
    for (int i = 0; mc_path_kinds[i]; i++) {
        const struct mc_path_kind *k = mc_path_kinds[i];
        add_choice(o->kinds, k->name);
        add_choice(o->spaces, k->space);
        for (int j = 0; k->options && k->options[j]; j++) add(o, k->options[j]);
    }
    o->v[AT_KIND].chooses = o->v[AT_SPACE].chooses = true;
    o->v[AT_KIND].choices = o->kinds;
    o->v[AT_KIND].later = LATER;
    o->v[AT_KIND].word = first->name;
    o->v[AT_SPACE].choices = o->spaces;
    o->v[AT_SPACE].word = first->space;
}

static bool has_option(const struct mc_path_kind *k, const struct mc_path_option *of) {
    for (int j = 0; k->options && k->options[j]; j++)
        if (k->options[j] == of) return true;
    return false;
}

// The first row that has an option.
static const struct mc_path_kind *owner(const struct mc_path_option *of) {
    for (int i = 0; mc_path_kinds[i]; i++)
        if (has_option(mc_path_kinds[i], of)) return mc_path_kinds[i];
    assert(false); // the option is a row's
    return NULL;
}

int mc_path_options_choose(struct mc_path_options *o, const struct mc_path_kind **kind,
                           struct mc_error *e) {
    const char *name = o->v[AT_KIND].word, *space = o->v[AT_SPACE].word;
    *kind = NULL;
    for (int i = 0; mc_path_kinds[i] && !*kind; i++)
        if (strcmp(mc_path_kinds[i]->name, name) == 0 &&
            strcmp(mc_path_kinds[i]->space, space) == 0)
            *kind = mc_path_kinds[i];
    if (!*kind) return mc_fail(e, MC_ERR_USAGE, "--kind %s has no --space %s", name, space);
    for (int i = N_CHOOSE; i < o->n; i++) {
        struct mc_path_value *v = &o->v[i];
        bool its = has_option(*kind, v->of);
        if (v->given && !its)
            return mc_fail(e, MC_ERR_USAGE, "%s is for --kind %s", v->of->name, owner(v->of)->name);
        v->given = its;
    }
    return 0;
}
