// Outputs: a temporary file beside the target, renamed when it is complete; descriptors, fifos and
// devices are written as they are.
#define _GNU_SOURCE // O_TMPFILE
#include "mc/out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mc/utf8.h"
#include "target.h"

// The names of the temporary files that are there now. They are removed when a library ends the
// program, by exit or by mc_die. A program has fewer outputs than there are places; beyond them a
// file would stay behind.
enum { STANDING = 16, SUFFIX = 32 }; // bytes of ".tmp.PID.K"
static _Atomic(const char *) standing[STANDING];

static void remove_standing(void) {
    for (int i = 0; i < STANDING; i++) {
        const char *name = atomic_exchange(&standing[i], NULL);
        if (name) unlink(name);
    }
}

static void remember_temporary(const char *name) {
    static atomic_flag told = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&told)) {
        mc_at_death(remove_standing);
        (void)atexit(remove_standing);
    }
    for (int i = 0; i < STANDING; i++) {
        const char *none = NULL;
        if (atomic_compare_exchange_strong(&standing[i], &none, name)) return;
    }
}

static void stands_no_more(const char *name) {
    for (int i = 0; i < STANDING; i++) {
        const char *it = name;
        if (atomic_compare_exchange_strong(&standing[i], &it, NULL)) return;
    }
}

// A name beside the target, PATH.tmp.PID.K, for the open file fd, or for one made now (fd -1); the
// descriptor, or -1. A long name is cut, so that what is put behind it fits.
static int give_name(struct mc_out *o, int fd) {
    char from[32];
    size_t dir = (size_t)(mc_target_base(o->path) - o->path), name = strlen(o->path) - dir;
    if (name > NAME_MAX - SUFFIX) name = NAME_MAX - SUFFIX;
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    for (unsigned k = 0; k < 1000; k++) {
        snprintf(o->temp, dir + name + SUFFIX, "%.*s.tmp.%ld.%u", (int)(dir + name), o->path,
                 (long)getpid(), k);
        int got = fd;
        if (fd < 0)
            got = open(o->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        else if (linkat(AT_FDCWD, from, AT_FDCWD, o->temp, AT_SYMLINK_FOLLOW) != 0)
            got = -1;
        o->named = got >= 0;
        if (o->named) remember_temporary(o->temp);
        if (o->named || errno != EEXIST) return got;
    }
    return -1;
}

// A file in the target's directory that has no name yet, so that a program that is killed leaves
// nothing behind; -1 where the system or the file system has none.
static int open_nameless(struct mc_out *o) {
#ifdef O_TMPFILE
    char *dir = o->temp, *slash;
    strcpy(dir, o->path);
    if ((slash = strrchr(dir, '/')))
        slash[1] = 0;
    else
        strcpy(dir, ".");
    int fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0 || access("/proc/self/fd", X_OK) == 0) return fd;
    close(fd); // no way to name it later
#endif
    return -1;
}

// A file that stands for another takes its mode and, where that may be, its owner.
static int take_mode(int fd, const struct mc_target *t, struct mc_error *e) {
    struct stat now;
    if (!t->there) return 0;
    if (fstat(fd, &now) == 0 && (now.st_uid != t->st.st_uid || now.st_gid != t->st.st_gid))
        (void)!fchown(fd, t->st.st_uid, t->st.st_gid);
    return fchmod(fd, t->st.st_mode & 07777) == 0
               ? 0
               : mc_fail_errno(e, "%s: cannot set its mode", t->path);
}

static int open_temp(struct mc_out *o, const struct mc_target *t, struct mc_error *e) {
    if (!(o->temp = mc_new(strlen(o->path) + SUFFIX, 1, e))) return MC_ERR_MEM;
    int fd = open_nameless(o);
    if (fd < 0) fd = give_name(o, -1);
    if (fd < 0) return mc_fail_errno(e, "%s: cannot create", o->path);
    int rc = take_mode(fd, t, e);
    if (rc == 0 && !(o->f = fdopen(fd, "wb"))) rc = mc_fail_errno(e, "%s: cannot create", o->path);
    if (rc < 0) close(fd);
    return rc;
}

// A copy of the descriptor, which shares its place in the file.
static int open_descriptor(struct mc_out *o, int fd, struct mc_error *e) {
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    o->reader_knows = fd == STDOUT_FILENO;
    if (copy >= 0 && (o->f = fdopen(copy, "wb"))) return 0;
    int rc = mc_fail_errno(e, "%s: cannot open", o->path);
    if (copy >= 0) close(copy);
    return rc;
}

static int open_straight(struct mc_out *o, const char *how, struct mc_error *e) {
    o->f = fopen(o->path, how);
    return o->f ? 0 : mc_fail_errno(e, "%s: cannot open", o->path);
}

static int open_as(struct mc_out *o, const char *path, bool in_place, struct mc_error *e) {
    struct mc_target t;
    *o = (struct mc_out){0};
    if (!path || strcmp(path, "-") == 0) {
        o->f = stdout;
        o->to_stdout = o->reader_knows = true;
        return 0;
    }
    MC_TRY(mc_target_find(&t, path, e));
    o->path = t.path; // the output's now
    int rc = t.kind == TARGET_DESCRIPTOR             ? open_descriptor(o, t.fd, e)
             : t.kind == TARGET_STRAIGHT || in_place ? open_straight(o, "wb", e)
                                                     : open_temp(o, &t, e);
    if (rc < 0) mc_out_abort(o);
    return rc;
}

int mc_out_open(struct mc_out *o, const char *path, struct mc_error *e) {
    return open_as(o, path, false, e);
}

int mc_out_open_in_place(struct mc_out *o, const char *path, struct mc_error *e) {
    return open_as(o, path, true, e);
}

bool mc_out_is_pipe(const char *path) {
    struct stat st;
    return (!path || strcmp(path, "-") == 0) && fstat(STDOUT_FILENO, &st) == 0 &&
           S_ISFIFO(st.st_mode);
}

const char *mc_out_name(const struct mc_out *o) { return o->path ? o->path : "standard output"; }

// When the reader of standard output has closed the pipe, the program ends without a message:
// whoever closed it knows why.
static int not_written(const struct mc_out *o, struct mc_error *e) {
    bool left = o->reader_knows && errno == EPIPE;
    int rc = mc_fail_errno(e, "%s: cannot write", mc_out_name(o));
    return left ? e->code = MC_ERR_PIPE : rc;
}

// What is written of a table that somebody at a terminal reads.
struct mc_screen {
    struct mc_aligned table;
    char *text; // of the stream that the table is written to
    size_t n, shown;
};

int mc_out_open_table(struct mc_out *o, const char *path, const struct mc_shown *shown,
                      struct mc_error *e) {
    MC_TRY(mc_out_open(o, path, e));
    if (!o->to_stdout || !isatty(STDOUT_FILENO)) return 0;
    if (!(o->screen = mc_new(1, sizeof *o->screen, e))) return MC_ERR_MEM;
    o->screen->table.shown = shown;
    FILE *f = open_memstream(&o->screen->text, &o->screen->n);
    if (f) {
        o->f = f;
        return 0;
    }
    free(o->screen);
    o->screen = NULL;
    return mc_fail_errno(e, "standard output: cannot write");
}

int mc_out_show(struct mc_out *o, struct mc_error *e) {
    struct mc_screen *s = o->screen;
    struct mc_buf lines = {0};
    if (!s) return 0;
    if (fflush(o->f) != 0) return not_written(o, e);
    if (s->shown && s->shown < s->n && s->text[s->shown] == '\n') s->shown++; // of the last line
    int rc = mc_aligned_add(&s->table, s->text + s->shown, s->n - s->shown, &lines, e);
    if (rc == 0 && lines.n && fwrite(lines.p, 1, lines.n, stdout) != lines.n)
        rc = not_written(o, e);
    if (rc == 0 && fflush(stdout) != 0) rc = not_written(o, e);
    s->shown = s->n;
    mc_buf_release(&lines);
    return rc;
}

// The table is shown, or given up: what is written next goes to standard output as it is.
static void end_screen(struct mc_out *o) {
    if (!o->screen) return;
    fclose(o->f);
    free(o->screen->text);
    free(o->screen);
    o->screen = NULL;
    o->f = stdout;
}

static int find_output(struct mc_target *t, const char *path, struct mc_error *e) {
    if (strcmp(path, "-") != 0) return mc_target_find(t, path, e);
    *t = (struct mc_target){.kind = TARGET_DESCRIPTOR, .fd = STDOUT_FILENO};
    t->there = fstat(STDOUT_FILENO, &t->st) == 0;
    if (!t->there) t->st = (struct stat){0};
    return (t->path = mc_strdup("standard output", e)) ? 0 : MC_ERR_MEM;
}

int mc_out_distinct(const char *const *path, int n, struct mc_error *e) {
    for (int i = 0; i < n; i++) {
        struct mc_target a, b;
        if (!path[i]) continue;
        MC_TRY(find_output(&a, path[i], e));
        bool met = false;
        int rc = 0;
        for (int k = 0; k < i && !met && rc == 0; k++) {
            if (!path[k]) continue;
            rc = find_output(&b, path[k], e);
            if (rc < 0) break;
            met = mc_target_same(&a, &b);
            mc_target_release(&b);
        }
        mc_target_release(&a);
        MC_TRY(rc);
        if (met) return mc_fail(e, MC_ERR_USAGE, "two outputs go to '%s'", path[i]);
    }
    return 0;
}

int mc_out_not_input(const char *out, const char *in, struct mc_error *e) {
    struct mc_target a;
    struct stat st;
    if (!out || !in) return 0;
    MC_TRY(find_output(&a, out, e));
    bool found = strcmp(in, "-") == 0 ? fstat(STDIN_FILENO, &st) == 0 : stat(in, &st) == 0;
    bool same = found && a.there && S_ISREG(st.st_mode) && a.st.st_dev == st.st_dev &&
                a.st.st_ino == st.st_ino;
    mc_target_release(&a);
    return same ? mc_fail(e, MC_ERR_USAGE, "%s is read: it would be written over", out) : 0;
}

int mc_out_try(const char *path, bool again, struct mc_error *e) {
    struct mc_target t;
    struct mc_out o;
    if (!path) return 0;
    if (strcmp(path, "-") == 0) {
        t.kind = TARGET_DESCRIPTOR;
    } else {
        MC_TRY(mc_target_find(&t, path, e));
        mc_target_release(&t);
    }
    if (t.kind != TARGET_FILE)
        return again ? mc_fail(e, MC_ERR_USAGE, "%s: read again, so it must be a file", path) : 0;
    MC_TRY(mc_out_open(&o, path, e));
    int rc = fclose(o.f) == 0 ? 0 : mc_fail_errno(e, "%s: cannot write", path);
    o.f = NULL;
    mc_out_abort(&o);
    return rc;
}

int mc_out_write(struct mc_out *o, const void *p, size_t n, struct mc_error *e) {
    return n == 0 || fwrite(p, 1, n, o->f) == n ? 0 : not_written(o, e);
}

int mc_out_printf(struct mc_out *o, struct mc_error *e, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int n = vfprintf(o->f, fmt, ap);
    va_end(ap);
    return n < 0 ? not_written(o, e) : 0;
}

int mc_out_cell(struct mc_out *o, const char *text, struct mc_error *e) {
    while (text && *text) {
        size_t n = mc_utf8_plain(text);
        MC_TRY(mc_out_write(o, text, n, e));
        text += n;
        if (!*text) break;
        char escaped[MC_UTF8_ESCAPED];
        text += mc_utf8_escape(text, escaped);
        MC_TRY(mc_out_printf(o, e, "%s", escaped));
    }
    return 0;
}

int mc_out_columns(struct mc_out *o, const struct mc_column *c, int n, const void *row,
                   struct mc_error *e) {
    struct mc_buf b = {0};
    int rc = row ? mc_columns_row(c, n, row, &b, e) : mc_columns_head(c, n, &b, e);
    if (rc == 0) rc = mc_out_write(o, b.p, b.n, e);
    mc_buf_release(&b);
    return rc;
}

int mc_out_flush(struct mc_out *o, struct mc_error *e) {
    return fflush(o->f) == 0 ? 0 : not_written(o, e);
}

int mc_out_close(struct mc_out *o, struct mc_error *e) {
    int shown = mc_out_show(o, e);
    end_screen(o);
    if (shown < 0) {
        mc_out_abort(o);
        return shown;
    }
    bool bad = ferror(o->f) != 0;
    if (fflush(o->f) != 0) // what it held is lost, and closing may succeed nevertheless
        bad = true;
    else if (o->temp)
        bad |= fsync(fileno(o->f)) != 0 || (!o->named && give_name(o, fileno(o->f)) < 0);
    int rc = bad ? not_written(o, e) : 0;
    if (fclose(o->f) != 0 && rc == 0) rc = not_written(o, e);
    o->f = NULL;
    if (rc == 0 && o->temp) {
        if (rename(o->temp, o->path) != 0)
            rc = mc_fail_errno(e, "%s: cannot rename to it", o->path);
        else
            o->named = false;
    }
    mc_out_abort(o);
    return rc;
}

void mc_out_abort(struct mc_out *o) {
    end_screen(o);
    if (o->f && !o->to_stdout) fclose(o->f);
    if (o->temp && o->named) unlink(o->temp);
    if (o->temp) stands_no_more(o->temp);
    free(o->path);
    free(o->temp);
    *o = (struct mc_out){0};
}
