#define _GNU_SOURCE // O_TMPFILE
#include "mc/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The temporary files that have a name, for a program that a library ends: by exit, or by mc_die.
// There are more places than outputs; were they full, a file would stay behind.
enum { STANDING = 16 };
static _Atomic(const char *) standing[STANDING];

static void remove_standing(void) {
    for (int i = 0; i < STANDING; i++) {
        const char *name = atomic_exchange(&standing[i], NULL);
        if (name) unlink(name);
    }
}

static void stands(const char *name) {
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
// descriptor, or -1.
static int give_name(struct mc_out *o, int fd) {
    char from[32];
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    for (unsigned k = 0; k < 1000; k++) {
        snprintf(o->temp, strlen(o->path) + 32, "%s.tmp.%ld.%u", o->path, (long)getpid(), k);
        int got = fd;
        if (fd < 0)
            got = open(o->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        else if (linkat(AT_FDCWD, from, AT_FDCWD, o->temp, AT_SYMLINK_FOLLOW) != 0)
            got = -1;
        o->named = got >= 0;
        if (o->named) stands(o->temp);
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

static int open_temp(struct mc_out *o, const char *path, struct mc_error *e) {
    if (!(o->path = mc_strdup(path, e)) || !(o->temp = mc_new(strlen(path) + 32, 1, e)))
        return MC_ERR_MEM;
    int fd = open_nameless(o);
    if (fd < 0) fd = give_name(o, -1);
    if (fd >= 0 && (o->f = fdopen(fd, "wb"))) return 0;
    int rc = mc_fail_errno(e, "%s: cannot create", path);
    if (fd >= 0) close(fd);
    return rc;
}

int mc_out_open(struct mc_out *o, const char *path, struct mc_error *e) {
    *o = (struct mc_out){0};
    if (!path || strcmp(path, "-") == 0) {
        o->f = stdout;
        o->to_stdout = true;
        return 0;
    }
    struct stat st;
    int rc = 0;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        if (!(o->path = mc_strdup(path, e))) return MC_ERR_MEM;
        if (!(o->f = fopen(path, "wb"))) rc = mc_fail_errno(e, "%s: cannot open", path);
    } else {
        rc = open_temp(o, path, e);
    }
    if (rc < 0) mc_out_abort(o);
    return rc;
}

const char *mc_out_name(const struct mc_out *o) { return o->path ? o->path : "standard output"; }

int mc_out_write(struct mc_out *o, const void *p, size_t n, struct mc_error *e) {
    if (fwrite(p, 1, n, o->f) != n) return mc_fail_errno(e, "%s: cannot write", mc_out_name(o));
    return 0;
}

int mc_out_printf(struct mc_out *o, struct mc_error *e, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int n = vfprintf(o->f, fmt, ap);
    va_end(ap);
    return n < 0 ? mc_fail_errno(e, "%s: cannot write", mc_out_name(o)) : 0;
}

int mc_out_cell(struct mc_out *o, const char *text, struct mc_error *e) {
    while (text && *text) {
        size_t n = strcspn(text, "\t\r\n");
        MC_TRY(mc_out_write(o, text, n, e));
        text += n;
        if (!*text) break;
        MC_TRY(mc_out_write(o, " ", 1, e));
        text++;
    }
    return 0;
}

int mc_out_flush(struct mc_out *o, struct mc_error *e) {
    return fflush(o->f) == 0 ? 0 : mc_fail_errno(e, "%s: cannot write", mc_out_name(o));
}

int mc_out_close(struct mc_out *o, struct mc_error *e) {
    bool bad = ferror(o->f) != 0;
    if (fflush(o->f) != 0) // what it held is lost, and closing may succeed nevertheless
        bad = true;
    else if (o->temp)
        bad |= fsync(fileno(o->f)) != 0 || (!o->named && give_name(o, fileno(o->f)) < 0);
    int rc = bad ? mc_fail_errno(e, "%s: cannot write", mc_out_name(o)) : 0;
    if (fclose(o->f) != 0 && rc == 0) rc = mc_fail_errno(e, "%s: cannot write", mc_out_name(o));
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
    if (o->f && !o->to_stdout) fclose(o->f);
    if (o->temp && o->named) unlink(o->temp);
    if (o->temp) stands_no_more(o->temp);
    free(o->path);
    free(o->temp);
    *o = (struct mc_out){0};
}
