// mc-info: lists and checks the documents of streams.
#include <string.h>

#include "mc/cli.h"
#include "mc/list.h"
#include "mc/num.h"
#include "mc/tokens.h"

struct opts {
    bool check, digest, ids, tsv;
};

struct job {
    const struct mc_cli *c;
    const struct opts *o;
    struct mc_pool *pool;
    struct mc_out out;
};

static int show_file(struct job *j, const char *path, struct mc_error *e) {
    struct mc_reader *r;
    struct mc_inspected x;
    memset(&x, 0, sizeof x);
    MC_TRY(mc_reader_open(&r, path, j->pool, e));
    int rc = 1;
    int64_t docs = 0;
    uint64_t bytes = 0;
    struct mc_list_corpus corpus = {0};
    bool list = !j->o->digest && !j->o->tsv && !j->o->check;
    while (rc == 1 && (rc = mc_inspect_next(r, &x, j->o->check, e)) == 1) {
        int sub = 0;
        docs++;
        bytes += x.doc.data_bytes;
        mc_list_add(&corpus, &x.doc);
        if (j->o->digest)
            sub = mc_list_digest(&j->out, path, &x, e);
        else if (j->o->tsv)
            sub = mc_list_row(&j->out, path, &x, e);
        else if (list)
            sub = mc_list_doc(&j->out, path, &x, j->c->log.verbose, e);
        if (sub < 0) rc = sub;
    }
    if (rc == 0 && list) rc = mc_list_sum(&j->out, path, &corpus, e);
    if (rc == 0 && j->o->check) rc = mc_out_cell(&j->out, path, e);
    if (rc == 0 && j->o->check)
        rc = mc_out_printf(
            &j->out, e, ": %s, %lld document%s, %llu byte%s of data\n",
            mc_reader_checked(r) ? "whole" : "readable, but not a stream that can vouch for itself",
            (long long)docs, mc_s((int64_t)docs), (unsigned long long)bytes, mc_s((int64_t)bytes));
    mc_inspected_release(&x);
    mc_reader_close(r);
    return rc;
}

static int show_run(struct job *j, const int32_t *id, const int64_t *span, struct mc_error *e) {
    for (int64_t k = span[0]; k < span[1]; k++)
        MC_TRY(mc_out_printf(&j->out, e, k > span[0] ? " %d" : "%d", id[k]));
    return 0;
}

static int show_example(struct job *j, const struct mc_tokens *t, int64_t i, struct mc_error *e) {
    char number[MC_NUM_TEXT];
    const char *label = t->labels   ? t->label_names[t->labels[i]]
                        : t->values ? mc_num_text(t->values[i], number)
                                    : "";
    MC_TRY(mc_out_printf(&j->out, e, "%s\t", label));
    MC_TRY(show_run(j, t->ids, t->offset + i, e));
    if (mc_tokens_t2t(t)) MC_TRY(mc_out_printf(&j->out, e, "\t"));
    if (t->target_ids) MC_TRY(show_run(j, t->target_ids, t->target_offset + i, e));
    return mc_out_printf(&j->out, e, "\n");
}

static int show_ids(struct job *j, const char *path, struct mc_error *e) {
    struct mc_reader *r;
    MC_TRY(mc_reader_open(&r, path, j->pool, e));
    int rc = 1;
    int64_t docs = 0;
    for (; rc == 1; docs++) {
        struct mc_tokens t;
        rc = mc_tokens_next(&t, r, e);
        for (int64_t i = 0; rc == 1 && i < t.n; i++)
            if (show_example(j, &t, i, e) < 0) rc = e->code;
        mc_tokens_release(&t);
    }
    if (rc == 0 && docs == 1) rc = mc_fail(e, MC_ERR_INPUT, "%s: no document", mc_reader_name(r));
    mc_reader_close(r);
    return rc;
}

static int run(struct job *j, struct mc_error *e) {
    const struct opts *o = j->o;
    static char *const in[] = {(char *)"-"};
    char *const *file = j->c->n_operands ? j->c->operand : in;
    int n = j->c->n_operands ? j->c->n_operands : 1;
    if (!(j->pool = mc_pool_new((int)j->c->threads, e))) return MC_ERR_MEM;
    MC_TRY(mc_out_open(&j->out, j->c->output, e));
    if (o->tsv) MC_TRY(mc_list_head(&j->out, e));
    for (int i = 0; i < n; i++) MC_TRY(o->ids ? show_ids(j, file[i], e) : show_file(j, file[i], e));
    return mc_out_close(&j->out, e);
}

int main(int argc, char **argv) {
    struct opts o = {0};
    const struct mc_opt table[] = {
        {"--check", MC_OPT_FLAG, &o.check,
         .help = "read everything, check it, and say so in a line per file",
         .excludes = "--digest,--ids,--tsv"},
        {"--digest", MC_OPT_FLAG, &o.digest, .help = "digest, file and index of every document",
         .excludes = "--ids,--tsv"},
        {"--ids", MC_OPT_FLAG, &o.ids,
         .help = "label (or number), ids and target ids of every "
                 "example of token sets; a corpus has ids alone",
         .excludes = "--tsv"},
        {"--tsv", MC_OPT_FLAG, &o.tsv, .help = "the listing as a table"},
    };
    struct mc_cli c = {
        .prog = "mc-info",
        .purpose = "lists and checks the documents of streams",
        .operands = "[FILE...]",
        .examples =
            "  mc-info a.st.gz\n  mc-info --check *.st.gz\n  mc-info --ids dev.tok.gz | head\n",
        .see_also = "mc-pick",
        .opts = table,
        .n_opts = MC_COUNT(table),
        .min_operands = 0,
        .max_operands = -1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    struct job j = {.c = &c, .o = &o};
    int rc = run(&j, &e);
    mc_out_abort(&j.out);
    mc_pool_free(j.pool);
    return mc_cli_finish(&c, rc, &e);
}
