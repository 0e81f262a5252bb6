// Pairs of sentences and what follows from what. A hypothesis is its premise with a few changes;
// the label is then worked out by logic from the two meanings alone, and pairs are drawn until one
// has the label wanted.

#include "lang.h"

// A meaning. Transitive: subject verb object; else: subject is trait.
struct claim {
    struct noun_phrase subject, object; // subject.det is THE, EVERY, SOME or NO
    int verb;                           // -1: the copula
    int trait;                          // of the copula
    bool opposite, negated;
    int negator, place; // words; place -1 = none
};

// How the hypothesis's set lies to the premise's.
enum rel { SAME, WIDER, NARROWER, OTHER };

static enum rel both_rels(enum rel a, enum rel b) {
    if (a == b || b == SAME) return a;
    return a == SAME ? b : OTHER;
}

static enum rel turned(enum rel r) { return r == WIDER ? NARROWER : r == NARROWER ? WIDER : r; }

static bool within(enum rel r) {
    return r == SAME || r == WIDER;
} // the premise's set lies in the hypothesis's

static enum rel noun_rel(const struct mc_synth *s, int a, int b) {
    if (a == b) return SAME;
    if (s->word[a].above == b) return WIDER;
    return s->word[b].above == a ? NARROWER : OTHER;
}

static enum rel part_rel(int a, int b) { // a trait or place that may be missing
    if (a == b) return SAME;
    if (b < 0) return WIDER;
    return a < 0 ? NARROWER : OTHER;
}

static enum rel phrase_rel(const struct mc_synth *s, const struct noun_phrase *a,
                           const struct noun_phrase *b) {
    enum rel trait = part_rel(a->trait, b->trait);
    if (trait == SAME && a->trait >= 0 && a->opposite != b->opposite) trait = OTHER;
    return both_rels(noun_rel(s, a->noun, b->noun), trait);
}

// What the predicate says, negation aside: an opposite counts as negation of its trait.
static enum rel predicate_rel(const struct mc_synth *s, const struct claim *a,
                              const struct claim *b) {
    if (a->verb != b->verb) return OTHER;
    enum rel rest = part_rel(a->place, b->place);
    if (a->verb < 0) return a->trait == b->trait ? rest : OTHER;
    return both_rels(phrase_rel(s, &a->object, &b->object), rest);
}

static bool denies(const struct claim *c) { return c->negated != (c->verb < 0 && c->opposite); }

enum label { CONTRADICTION, ENTAILMENT, NEUTRAL };

// The subject is one known thing: it must be the premise's, described alike or more loosely.
static enum label label_known(enum rel subject, enum rel predicate, bool a_denies, bool b_denies) {
    if (!within(subject)) return NEUTRAL;
    if (a_denies == b_denies)
        return within(a_denies ? turned(predicate) : predicate) ? ENTAILMENT : NEUTRAL;
    return within(a_denies ? turned(predicate) : predicate) ? CONTRADICTION : NEUTRAL;
}

// Every, some, no; their nouns are taken to have members.
static enum label label_quantified(enum word_class a, enum word_class b, enum rel subject,
                                   enum rel predicate) {
    bool up = within(predicate), down = within(turned(predicate));
    bool s_up = within(subject), s_down = within(turned(subject));
    bool yes = false, no = false;
    if (a == W_EVERY) {
        yes = up && (b == W_EVERY ? s_down : b == W_SOME && (s_up || s_down));
        no = b == W_NO && up && (s_up || s_down);
    } else if (a == W_SOME) {
        yes = b == W_SOME && up && s_up;
        no = b == W_NO && up && s_up;
    } else {
        yes = b == W_NO && down && s_down;
        no = down && (b == W_SOME ? s_down : b == W_EVERY && (s_up || s_down));
    }
    return yes ? ENTAILMENT : no ? CONTRADICTION : NEUTRAL;
}

static enum label label_of(const struct mc_synth *s, const struct claim *a, const struct claim *b) {
    enum rel subject = phrase_rel(s, &a->subject, &b->subject), predicate = predicate_rel(s, a, b);
    if (a->subject.det == W_THE) return label_known(subject, predicate, denies(a), denies(b));
    // quantified claims are not negated, but their trait may be an opposite
    if (denies(a) != denies(b)) predicate = OTHER;
    return label_quantified(a->subject.det, b->subject.det, subject, predicate);
}

// --- writing

static void put_claim(struct line *l, const struct claim *c) {
    int gender = l->s->word[c->subject.noun].gender, number = c->subject.number;
    put_noun_phrase(l, &c->subject);
    if (c->verb < 0) {
        put_form(l, W_BE, gender, number);
        if (c->negated) put_word(l, c->negator);
        put_adjective(l, c->trait, c->opposite, gender, number);
    } else {
        if (c->negated) put_word(l, c->negator);
        put_verb(l, c->verb, number);
        put_noun_phrase(l, &c->object);
    }
    if (c->place >= 0) put_word(l, c->place);
    put_text(l, ".");
}

// --- drawing

static void draw_trait(struct line *l, struct noun_phrase *p) {
    p->trait = draw_word(l, W_TRAIT, 0);
    p->opposite = false;
}

static struct claim draw_claim(struct line *l, bool hard) {
    struct claim c = {.verb = -1, .place = -1, .negator = l->s->from[W_NOT]};
    c.subject = draw_noun_phrase(l, 0);
    c.subject.det = W_THE;
    if (hard && chance(l, .6)) c.subject.det = W_EVERY + (enum word_class)draw(l, 3);
    if (c.subject.det != W_THE) c.subject.number = c.subject.det != W_EVERY;
    if (hard && chance(l, .3)) draw_trait(l, &c.subject);
    if (chance(l, .5)) {
        c.verb = draw_word(l, W_ACTION, 0);
        c.object = draw_noun_phrase(l, 0);
        c.object.det = W_THE;
        if (chance(l, .5)) draw_trait(l, &c.object);
    } else {
        c.trait = draw_word(l, W_TRAIT, 0);
        c.opposite = chance(l, .3);
    }
    if (chance(l, .5)) c.place = draw_word(l, W_PLACE, 0);
    if (c.subject.det == W_THE && !c.opposite) c.negated = chance(l, .4);
    return c;
}

static int draw_another(struct line *l, enum word_class c, int not_this) {
    int w;
    do w = draw_word(l, c, 0);
    while (w == not_this);
    return w;
}

static void change_noun(struct line *l, struct noun_phrase *p) {
    int above = l->s->word[p->noun].above;
    if (above >= 0 && chance(l, .5)) {
        p->noun = above;
    } else if (above < 0) {
        int w;
        do w = draw_word(l, W_NOUN, 0);
        while (l->s->word[w].above != p->noun);
        p->noun = w;
    } else {
        p->noun = draw_another(l, W_NOUN, p->noun);
    }
}

static void change_trait(struct line *l, struct noun_phrase *p) {
    if (p->trait >= 0)
        p->trait = -1;
    else
        draw_trait(l, p);
}

// Other words where there were others: the pair can then only be told apart by comparing them.
static void change_words(struct line *l, struct claim *c) {
    switch (draw(l, 3)) {
    case 0: change_noun(l, &c->subject); break;
    case 1:
        if (c->verb >= 0)
            change_noun(l, &c->object);
        else
            c->trait = draw_another(l, W_TRAIT, c->trait);
        break;
    case 2:
        if (c->verb >= 0)
            c->verb = draw_another(l, W_ACTION, c->verb);
        else
            c->place = c->place >= 0 ? draw_another(l, W_PLACE, c->place) : -1;
        break;
    }
}

static void change_polarity(struct line *l, struct claim *c) {
    if (c->verb < 0 && !c->negated && (c->opposite || chance(l, .4)))
        c->opposite = !c->opposite;
    else if (c->subject.det == W_THE)
        c->negated = !c->negated;
    else
        c->subject.det = W_EVERY + (enum word_class)draw(l, 3);
}

static void change_parts(struct line *l, struct claim *c, bool hard) {
    if (hard && chance(l, .3))
        change_trait(l, &c->subject);
    else if (c->verb >= 0 && chance(l, .5))
        change_trait(l, &c->object);
    else
        c->place = c->place >= 0 ? -1 : draw_word(l, W_PLACE, 0);
}

static void change_claim(struct line *l, struct claim *c, bool hard) {
    if (chance(l, hard ? .4 : .02))
        change_words(l, c);
    else if (chance(l, .5))
        change_polarity(l, c);
    else
        change_parts(l, c, hard);
    if (c->subject.det != W_THE) c->subject.number = c->subject.det != W_EVERY;
}

// Leaves out, of the easier task, denials that also say more or less: there, more parts follow from
// fewer.
static bool too_hard(const struct mc_synth *s, const struct claim *a, const struct claim *b) {
    enum rel r = predicate_rel(s, a, b);
    return (denies(a) || denies(b)) && (r == WIDER || r == NARROWER);
}

void put_inference(struct line *l, int label, bool hard, const char *separator) {
    struct claim a, b;
    do {
        a = draw_claim(l, hard);
        b = a;
        int changes = !chance(l, .1) + chance(l, hard ? .5 : .2);
        for (int k = 0; k < changes; k++) change_claim(l, &b, hard);
    } while (label_of(l->s, &a, &b) != (enum label)label || (!hard && too_hard(l->s, &a, &b)));
    put_claim(l, &a);
    put_text(l, separator);
    put_claim(l, &b);
}

void put_statement(struct line *l) {
    struct claim c = draw_claim(l, chance(l, .3));
    put_claim(l, &c);
}

void put_kind(struct line *l) { // every cat is a beast
    struct noun_phrase p = {.det = W_EVERY, .noun = draw_word(l, W_NOUN, 0), .trait = -1};
    put_noun_phrase(l, &p);
    put_form(l, W_BE, l->s->word[p.noun].gender, 0);
    struct noun_phrase q = {.det = W_SOME, .noun = l->s->word[p.noun].above, .trait = -1};
    put_noun_phrase(l, &q);
    put_text(l, ".");
}
