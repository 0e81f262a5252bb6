// Lines of the sets: which draws belong to a line, which label it has, which split a text belongs
// to.
#include "lang.h"

const char *const mc_synth_task_names[] = {"sentiment", "sentiment-b", "inference",
                                           "inference-hard"};
const char *const mc_synth_split_names[] = {"train", "dev", "test"};

enum { DRAWS_LOG2 = 24 }; // draws of 32 bits set apart for one line

// A document: opinions of one polarity; or a statement and something that follows from it; or what
// kinds things are.
void put_document(struct line *l) {
    l->domain = draw(l, DOMAINS);
    double u = mc_rng_uniform(&l->r);
    int polarity = draw(l, 2) ? 1 : -1, sentences = 1 + draw(l, 2);
    if (u < .6) {
        for (int i = 0; i < sentences; i++) put_opinion(l, polarity);
    } else if (u < .9) {
        put_inference(l, 1, chance(l, .5), "");
    } else {
        put_kind(l);
        put_statement(l);
    }
}

// Labels come in shuffled blocks that hold each once.
static int label_at(const struct mc_synth *s, uint32_t stream, int64_t index, int n) {
    struct mc_rng r;
    int64_t perm[3];
    mc_rng_init(&r, s->seed, MC_RNG_SYNTH, stream);
    r.at = (uint64_t)(index / n) << 4;
    mc_rng_permutation(&r, perm, n);
    return (int)perm[index % n];
}

// A text belongs to the split that its bytes name: one in eight each to dev and test.
static enum mc_synth_split split_of(const char *text, size_t n) {
    uint64_t h = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)text[i]) * 0xff51afd7ed558ccdu;
    h ^= h >> 29;
    h *= 0xc4ceb9fe1a85ec53u;
    unsigned k = (unsigned)(h >> 61);
    return k == 0 ? MC_SYNTH_DEV : k == 1 ? MC_SYNTH_TEST : MC_SYNTH_TRAIN;
}

static void put_example(struct line *l, enum mc_synth_set set, int label) {
    switch (set) {
    case MC_SYNTH_SENTIMENT:
    case MC_SYNTH_SENTIMENT_B: put_opinion(l, label ? 1 : -1); break;
    case MC_SYNTH_INFERENCE: put_inference(l, label, false, "\t"); break;
    case MC_SYNTH_INFERENCE_HARD: put_inference(l, label, true, "\t"); break;
    case MC_SYNTH_CORPUS: put_document(l); break;
    }
}

const char *const synth_label[LABELS] = {"negative", "positive", "contradiction", "entailment",
                                         "neutral"};

int mc_synth_line(const struct mc_synth *s, enum mc_synth_set set, enum mc_synth_split split,
                  int64_t index, struct mc_buf *out, struct mc_error *e) {
    bool pair = set == MC_SYNTH_INFERENCE || set == MC_SYNTH_INFERENCE_HARD;
    uint32_t stream = 2 + 2 * ((uint32_t)set * MC_SYNTH_SPLITS + (uint32_t)split);
    struct line l = {.s = s, .out = out, .e = e};
    mc_rng_init(&l.r, s->seed, MC_RNG_SYNTH, stream);
    l.r.at = (uint64_t)index << DRAWS_LOG2;
    int label = set == MC_SYNTH_CORPUS ? 0 : label_at(s, stream + 1, index, pair ? 3 : 2);
    size_t start = out->n;
    do {
        out->n = start;
        l.domain = set == MC_SYNTH_SENTIMENT_B || (pair && draw(&l, 2));
        put_example(&l, set, label);
    } while (l.rc == 0 && set != MC_SYNTH_CORPUS &&
             split_of(out->p + start, out->n - start) != split);
    if (set != MC_SYNTH_CORPUS) {
        put_text(&l, "\t");
        put_text(&l, synth_label[pair ? 2 + label : label]);
    }
    put_text(&l, "\n");
    return l.rc;
}
