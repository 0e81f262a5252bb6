// Rows of labelled text to a token set: each row is encoded, and what is bad is refused or skipped.
#include "mc/tokenize.h"

#include <string.h>

#include "mc/num.h"

int mc_tokenizing_without(struct mc_tokenizing *z, const char *path, struct mc_labelled_options o,
                          struct mc_error *e) {
    o.format = mc_labelled_format_of(path, o.format);
    return mc_known_texts_read(&z->known, path, &o, e);
}

int mc_tokenizing_open(struct mc_tokenizing *z, const char *dir, const char *path,
                       const struct mc_labelled_options *o, struct mc_error *e) {
    MC_TRY(mc_tokenizer_open(&z->tok, dir, e));
    if (z->target.n && !mc_tokenizer_decoder(z->tok))
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: text to text needs a tokenizer that can join pieces, not %s", dir,
                       mc_tokenizer_kind(z->tok));
    return mc_labelled_open(&z->rows, path, o, e);
}

static int encode_source(struct mc_tokenizing *z, const struct mc_row *row, struct mc_error *e) {
    bool pair = row->n_texts == 2;
    int64_t limit = mc_tokenizer_max_len(z->tok);
    if (row->n_texts < z->source.n_texts)
        return mc_fail(e, MC_ERR_INPUT, "--source has {2}, but there is one text");
    if (z->source.n)
        MC_TRY(
            mc_template_encode(&z->source, z->tok, row->text, row->text_len, z->max_len, &z->x, e));
    else
        MC_TRY(mc_tokenizer_encode(z->tok, row->text[0], row->text_len[0],
                                   pair ? row->text[1] : NULL, pair ? row->text_len[1] : 0,
                                   z->max_len, &z->x, e));
    if (limit && z->x.n > limit)
        return mc_fail(e, MC_ERR_INPUT,
                       "%lld tokens, the model has positions for %lld (cut with --max-len %lld)",
                       (long long)z->x.n, (long long)limit, (long long)limit);
    return 0;
}

// What can be wrong with a row is found before the set grows.
static int one_row(struct mc_tokenizing *z, const struct mc_row *row, struct mc_error *e) {
    bool target = z->target.n && row->label;
    double value = 0;
    int known;
    MC_TRY(known = mc_known_texts_has(&z->known, row, e));
    if (known) return z->left_out++, 0;
    MC_TRY(encode_source(z, row, e));
    if (target) MC_TRY(mc_template_answer(&z->target, z->tok, row->label, z->max_target, &z->y, e));
    if (z->regression && !mc_parse_f64(row->label, &value))
        return mc_fail(e, MC_ERR_INPUT, "label '%s' is no number", row->label);
    MC_TRY(mc_tokens_builder_add(&z->set, z->x.ids, z->x.types, z->x.n, row->line,
                                 z->regression || z->answers ? NULL : row->label, e));
    z->n_cut += z->x.n < z->x.n_full;
    if (target) MC_TRY(mc_tokens_builder_target(&z->set, z->y.ids, z->y.n, e));
    if (z->answers) MC_TRY(mc_tokens_builder_answers(&z->set, row->answers, row->answers_len, e));
    return z->regression ? mc_tokens_builder_value(&z->set, value, e) : 0;
}

// 1 when a row was taken or skipped, 0 at the end.
static int take_row(struct mc_tokenizing *z, struct mc_error *e) {
    struct mc_row row;
    int rc = mc_labelled_next(z->rows, &row, e);
    if (rc == 0) return 0;
    bool row_only = rc < 0 && mc_labelled_recoverable(z->rows);
    if (rc > 0) {
        rc = one_row(z, &row, e);
        row_only = rc == MC_ERR_INPUT;
        if (row_only)
            mc_fail_in(e, "%s: line %lld", mc_labelled_name(z->rows), (long long)row.line);
    }
    if (rc >= 0) return 1;
    if (!row_only || !z->skip_bad) return rc;
    if (z->bad++ == 0) memcpy(z->first_bad, e->text, sizeof z->first_bad);
    return 1;
}

int mc_tokenizing_run(struct mc_tokenizing *z, struct mc_error *e) {
    struct mc_progress p;
    mc_progress_init(&p, z->log, "rows", 0);
    int rc;
    while ((rc = take_row(z, e)) > 0) mc_progress_at(&p, z->set.t.n, NULL);
    mc_progress_end(&p);
    if (rc < 0) return rc;
    if (z->set.t.n == 0 && z->left_out)
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: no row is left: all texts are in the files of --without",
                       mc_labelled_name(z->rows));
    if (z->set.t.n == 0) return mc_fail(e, MC_ERR_INPUT, "%s (no row is good)", z->first_bad);
    if (z->bad)
        mc_note(z->log, "%lld bad row%s skipped, the first: %s", (long long)z->bad, mc_s(z->bad),
                z->first_bad);
    return 0;
}

int mc_tokenizing_taken(const struct mc_tokenizing *z, const struct mc_tokens *t,
                        struct mc_buf *line, struct mc_error *e) {
    struct mc_buf columns = {0};
    int rc = mc_labelled_describe(z->rows, &columns, e);
    if (rc == 0) rc = mc_tokens_summary(t, columns.p, line, e);
    if (rc == 0 && z->n_cut)
        rc = mc_buf_printf(line, e, ", %lld cut to %lld", (long long)z->n_cut,
                           (long long)z->max_len);
    if (rc == 0 && z->left_out)
        rc = mc_buf_printf(line, e, ", %lld left out", (long long)z->left_out);
    mc_buf_release(&columns);
    return rc;
}

void mc_tokenizing_release(struct mc_tokenizing *z) {
    mc_tokens_builder_release(&z->set);
    mc_known_texts_release(&z->known);
    mc_encoding_release(&z->x);
    mc_encoding_release(&z->y);
    mc_template_release(&z->source);
    mc_template_release(&z->target);
}
