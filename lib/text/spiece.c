// SentencePiece's model file: protocol buffers on the wire. Of its messages only what decides ids
// is looked at; transformers ignores the rest of the normalizer's and trainer's options as well.
#include "spiece.h"

#include <stdlib.h>
#include <string.h>

#include "mc/utf8.h"

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 }; // types on the wire
enum { MODEL_PIECES = 1, MODEL_TRAINER = 2, MODEL_NORMALIZER = 3 };
enum { PIECE_TEXT = 1, PIECE_SCORE = 2, PIECE_TYPE = 3 };
enum { TRAINER_MODEL_TYPE = 3, TRAINER_UNK_ID = 40, NORMALIZER_MAP = 2 };
enum { UNIGRAM = 1, NORMAL = 1, PIECES_MAX = 1 << 26 };

struct wire {
    const char *p;
    size_t at, end; // of the message
};

struct field {
    uint64_t number, value; // value: of VARINT, FIXED32, FIXED64
    int type;
    struct wire bytes; // of BYTES
};

static int bad(const struct wire *w, const char *what, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "byte %zu: %s", w->at, what);
}

static int varint(struct wire *w, uint64_t *v, struct mc_error *e) {
    *v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (w->at == w->end) return bad(w, "cut short", e);
        unsigned char b = (unsigned char)w->p[w->at++];
        *v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) return 0;
    }
    return bad(w, "a number of over 64 bits", e);
}

static int read_fixed(struct wire *w, unsigned n, uint64_t *v, struct mc_error *e) {
    if (w->end - w->at < n) return bad(w, "cut short", e);
    *v = 0;
    for (unsigned i = 0; i < n; i++) *v |= (uint64_t)(unsigned char)w->p[w->at++] << (8 * i);
    return 0;
}

static int next_field(struct wire *w, struct field *f, struct mc_error *e) {
    struct wire start = *w;
    uint64_t key, n;
    MC_TRY(varint(w, &key, e));
    *f = (struct field){.number = key >> 3, .type = (int)(key & 7)};
    if (f->number == 0 || f->number >= 1 << 29) return bad(&start, "no field of a message", e);
    switch (f->type) {
    case VARINT: return varint(w, &f->value, e);
    case FIXED64: return read_fixed(w, 8, &f->value, e);
    case FIXED32: return read_fixed(w, 4, &f->value, e);
    case BYTES:
        MC_TRY(varint(w, &n, e));
        if (n > w->end - w->at) return bad(&start, "a field that is longer than what is left", e);
        f->bytes = (struct wire){w->p, w->at, w->at + (size_t)n};
        w->at += (size_t)n;
        return 0;
    default: return bad(&start, "a field of an unknown kind", e);
    }
}

// Whether it is that field; one of that number and another type is an error.
static int is_field(const struct field *f, uint64_t number, int type, const struct wire *w,
                    bool *yes, struct mc_error *e) {
    *yes = f->number == number;
    if (*yes && f->type != type) return bad(w, "a field of another type than the model's", e);
    return 0;
}

static struct tok_spiece_piece *add_piece(struct tok_spiece *m, struct mc_error *e) {
    if (m->n == m->cap) {
        int32_t cap = m->cap ? 2 * m->cap : 1024;
        if (cap > PIECES_MAX) {
            mc_fail(e, MC_ERR_INPUT, "over %d pieces", (int)m->cap);
            return NULL;
        }
        void *p = mc_resize(m->piece, (size_t)cap, sizeof *m->piece, e);
        if (!p) return NULL;
        m->piece = p;
        m->cap = cap;
    }
    struct tok_spiece_piece *p = &m->piece[m->n++];
    *p = (struct tok_spiece_piece){.text = "", .type = NORMAL};
    return p;
}

static bool is_text(const char *s, size_t n) {
    return s && mc_utf8_check(s, n) == n && !memchr(s, 0, n);
}

static int read_piece(struct tok_spiece *m, struct wire w, struct mc_error *e) {
    struct tok_spiece_piece *p = add_piece(m, e);
    if (!p) return e->code;
    while (w.at < w.end) {
        struct wire start = w;
        struct field f;
        bool text, score, type;
        MC_TRY(next_field(&w, &f, e));
        MC_TRY(is_field(&f, PIECE_TEXT, BYTES, &start, &text, e));
        MC_TRY(is_field(&f, PIECE_SCORE, FIXED32, &start, &score, e));
        MC_TRY(is_field(&f, PIECE_TYPE, VARINT, &start, &type, e));
        if (text) {
            p->text = f.bytes.p + f.bytes.at;
            p->n = f.bytes.end - f.bytes.at;
            if (!is_text(p->text, p->n)) return bad(&start, "a piece that is no UTF-8 text", e);
        } else if (score) {
            uint32_t bits = (uint32_t)f.value;
            memcpy(&p->score, &bits, sizeof bits);
            if (!(p->score - p->score == 0)) return bad(&start, "a score that is not finite", e);
        } else if (type) {
            p->type = f.value < 16 ? (int)f.value : 0;
        }
    }
    return 0;
}

static int read_trainer(struct tok_spiece *m, struct wire w, struct mc_error *e) {
    while (w.at < w.end) {
        struct wire start = w;
        struct field f;
        bool type, unk;
        MC_TRY(next_field(&w, &f, e));
        MC_TRY(is_field(&f, TRAINER_MODEL_TYPE, VARINT, &start, &type, e));
        MC_TRY(is_field(&f, TRAINER_UNK_ID, VARINT, &start, &unk, e));
        if (type) m->model_type = (int64_t)f.value;
        if (unk) m->unk_id = (int64_t)f.value;
    }
    return 0;
}

static int read_normalizer(struct tok_spiece *m, struct wire w, struct mc_error *e) {
    while (w.at < w.end) {
        struct wire start = w;
        struct field f;
        bool map;
        MC_TRY(next_field(&w, &f, e));
        MC_TRY(is_field(&f, NORMALIZER_MAP, BYTES, &start, &map, e));
        if (!map) continue;
        m->map = f.bytes.p + f.bytes.at;
        m->n_map = f.bytes.end - f.bytes.at;
    }
    return 0;
}

static int read_model(struct tok_spiece *m, struct mc_error *e) {
    struct wire w = {m->file.p, 0, m->file.n};
    m->model_type = UNIGRAM;
    while (w.at < w.end) {
        struct wire start = w;
        struct field f;
        bool piece, trainer, normalizer;
        MC_TRY(next_field(&w, &f, e));
        MC_TRY(is_field(&f, MODEL_PIECES, BYTES, &start, &piece, e));
        MC_TRY(is_field(&f, MODEL_TRAINER, BYTES, &start, &trainer, e));
        MC_TRY(is_field(&f, MODEL_NORMALIZER, BYTES, &start, &normalizer, e));
        if (piece) MC_TRY(read_piece(m, f.bytes, e));
        if (trainer) MC_TRY(read_trainer(m, f.bytes, e));
        if (normalizer) MC_TRY(read_normalizer(m, f.bytes, e));
    }
    if (m->n == 0) return mc_fail(e, MC_ERR_INPUT, "a model without a piece");
    if (m->model_type == UNIGRAM) return 0;
    static const char *const types[] = {"of no type", "Unigram", "BPE", "WORD", "CHAR"};
    bool known = m->model_type >= 0 && m->model_type <= 4;
    return mc_fail(e, MC_ERR_INPUT, "model type %s is not supported, only Unigram",
                   types[known ? m->model_type : 0]);
}

int tok_spiece_read(struct tok_spiece *m, const char *dir, const char *name, struct mc_error *e) {
    *m = (struct tok_spiece){0};
    struct mc_buf path = {0};
    int rc = mc_buf_printf(&path, e, "%s/%s", dir, name);
    if (rc == 0) rc = mc_buf_read_file(&m->file, path.p, (size_t)1 << 28, e);
    if (rc == 0 && (rc = read_model(m, e)) < 0) mc_fail_in(e, "%s", path.p);
    mc_buf_release(&path);
    if (rc < 0) tok_spiece_release(m);
    return rc;
}

void tok_spiece_release(struct tok_spiece *m) {
    mc_buf_release(&m->file);
    free(m->piece);
    *m = (struct tok_spiece){0};
}
