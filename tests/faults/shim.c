// A library to preload that makes one call of a program fail, to see what the program then does.
//
//   MC_FAULT=CLASS:K[:all]   the K-th call of the class fails (with :all, every one from there on);
//                            K = 0 fails none and only counts
//   MC_FAULT_REPORT=FILE     gets "fired LIBRARY FUNCTION" when a call has failed, that of the
//                            caller where it is known; "count N" when the program is over;
//                            "endless LIBRARY FUNCTION", and status 99, when it asks 100,000 times
//                            more
//   MC_FAULT_NAMED=1         there are no files without a name (O_TMPFILE), as on some file systems
//
// Classes: alloc (malloc and its kin, and mmap by symbol), thread (pthread_create), and calls of
// the kernel: read, write, short (a write that takes half), open, fsync, rename, mkdir, close (of a
// descriptor open for writing; closed all the same, as Linux does). Writes to standard error do not
// count, nor do files of /proc, /sys and /dev/urandom, which libraries open for themselves.
//
// Calls count from the entry of main: what the loader and the constructors of libraries need is not
// the program's to handle. Calls of the kernel are caught in the kernel (a seccomp filter that
// raises SIGSYS) and not by symbol, since stdio makes them from inside the C library. A call that
// is to pass is made again from the handler with a mark in its sixth argument, which none of them
// has. Nothing here allocates: the C library's own names stand behind malloc and its kin.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#if defined __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#define ARG(u, i) ((u)->uc_mcontext.gregs[(int[]){REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8}[i]])
#define RESULT(u) ((u)->uc_mcontext.gregs[REG_RAX])
#elif defined __aarch64__
#define ARCH AUDIT_ARCH_AARCH64
#define ARG(u, i) ((u)->uc_mcontext.regs[i])
#define RESULT(u) ((u)->uc_mcontext.regs[0])
#else
#error "the registers of this processor are not known here"
#endif

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);

enum { MARK = 0x6d632d66, MAX_CALLS = 4, PATIENCE = 100000, ENDLESS = 99 };

struct kind {
    const char *name;
    int err, n, call[MAX_CALLS];
};

#ifdef SYS_rename // some kernels have only the calls that take directories
#define OLD(x) SYS_##x
#else
#define OLD(x) SYS_##x##at
#endif
static const struct kind kinds[] = {
    {"alloc", ENOMEM, 0, {0}},
    {"thread", EAGAIN, 0, {0}},
    {"read", EIO, 3, {SYS_read, SYS_readv, SYS_pread64}},
    {"write", ENOSPC, 3, {SYS_write, SYS_writev, SYS_pwrite64}},
    {"short", 0, 2, {SYS_write, SYS_pwrite64}},
    {"open", EMFILE, 2, {SYS_openat, OLD(open)}},
    {"fsync", EIO, 2, {SYS_fsync, SYS_fdatasync}},
    {"rename", EIO, 4, {SYS_renameat2, SYS_renameat, SYS_linkat, OLD(rename)}},
    {"mkdir", ENOSPC, 2, {SYS_mkdirat, OLD(mkdir)}},
    {"close", EIO, 1, {SYS_close}},
};

static const struct kind *chosen;
static long first;
static bool onwards, only_named;
static const char *report;
static atomic_long calls;
static atomic_bool armed;

typedef void *thread_fn(void *);
typedef int thread_create_fn(pthread_t *, const pthread_attr_t *, thread_fn *, void *);
typedef int main_fn(int, char **, char **);
typedef int start_fn(main_fn *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                     void *);

static long pass(long nr, long a, long b, long c, long d, long e) {
    long r = syscall(nr, a, b, c, d, e, (long)MARK);
    return r < 0 ? -errno : r;
}

static void tell(const char *text) {
    long fd = report
                  ? pass(SYS_openat, AT_FDCWD, (long)report, O_WRONLY | O_CREAT | O_APPEND, 0666, 0)
                  : -1;
    if (fd < 0) return;
    pass(SYS_write, fd, (long)text, (long)strlen(text), 0, 0);
    pass(SYS_close, fd, 0, 0, 0, 0);
}

// Who called: library and function, as far as they are known.
static void tell_caller(const char *event, const void *from, const char *unknown) {
    Dl_info where;
    char text[600];
    bool known = from && dladdr(from, &where) && where.dli_fname;
    snprintf(text, sizeof text, "%s %s %s\n", event, known ? where.dli_fname : "-",
             known && where.dli_sname ? where.dli_sname : unknown);
    tell(text);
}

// Counts a call; whether it shall fail. from: the code that makes it, or NULL; what: said instead.
static bool due(const void *from, const char *what) {
    long k = atomic_fetch_add(&calls, 1) + 1;
    if (first == 0 || (onwards ? k < first : k != first)) return false;
    if (k == first) tell_caller("fired", from, what);
    if (k - first == PATIENCE) {
        tell_caller("endless", from, what);
        _exit(ENDLESS);
    }
    return true;
}

static bool no_memory(const void *from) {
    if (!atomic_load(&armed) || chosen != &kinds[0] || !due(from, "-")) return false;
    errno = ENOMEM;
    return true;
}

#define REFUSED no_memory(__builtin_return_address(0))
void *malloc(size_t n) { return REFUSED ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return REFUSED ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { return REFUSED ? NULL : __libc_realloc(p, n); }
void *memalign(size_t to, size_t n) { return REFUSED ? NULL : __libc_memalign(to, n); }
void *aligned_alloc(size_t to, size_t n) { return REFUSED ? NULL : __libc_memalign(to, n); }
int posix_memalign(void **p, size_t to, size_t n) {
    void *q = REFUSED ? NULL : __libc_memalign(to, n);
    if (!q) return ENOMEM;
    *p = q;
    return 0;
}
void *mmap(void *p, size_t n, int prot, int flags, int fd, off_t at) {
    return REFUSED ? MAP_FAILED : (void *)syscall(SYS_mmap, p, n, prot, flags, fd, at);
}

int pthread_create(pthread_t *t, const pthread_attr_t *attr, thread_fn *fn, void *arg) {
    if (atomic_load(&armed) && chosen == &kinds[1] && due(__builtin_return_address(0), "-"))
        return EAGAIN;
    return ((thread_create_fn *)dlsym(RTLD_NEXT, "pthread_create"))(t, attr, fn, arg);
}

static bool of_the_system(const char *path) {
    return strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/sys/", 5) == 0 ||
           strncmp(path, "/dev/urandom", 12) == 0;
}

static bool open_of_the_system(int fd) {
    char link[32], path[16] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    pass(SYS_readlinkat, AT_FDCWD, (long)link, (long)path, sizeof path - 1, 0);
    return of_the_system(path);
}

// A file that has no name and will have none: nothing is lost with it.
static bool scratch(int fd) {
    static const char end[] = " (deleted)";
    char link[32], path[4096] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long n = pass(SYS_readlinkat, AT_FDCWD, (long)link, (long)path, sizeof path - 1, 0);
    long k = sizeof end - 1;
    return n > k && memcmp(path + n - k, end, (size_t)k) == 0;
}

static bool counts(long nr, long a, long b) {
    if (!atomic_load(&armed)) return false;
    switch (nr) {
    case SYS_write:
    case SYS_writev: return a != STDERR_FILENO;
    case SYS_read:
    case SYS_readv:
    case SYS_pread64: return !open_of_the_system((int)a);
    case SYS_openat: return chosen->call[0] == nr && !of_the_system((const char *)b);
    case SYS_close: {
        long mode = pass(SYS_fcntl, a, F_GETFL, 0, 0, 0);
        return mode >= 0 && (mode & O_ACCMODE) != O_RDONLY && !scratch((int)a);
    }
    default: return true;
    }
}

static void on_call(int sig, siginfo_t *info, void *context) {
    (void)sig;
    ucontext_t *u = context;
    int kept = errno;
    long nr = info->si_syscall;
    bool nameless = nr == SYS_openat && (ARG(u, 2) & O_TMPFILE) == O_TMPFILE;
    if (nameless && only_named) {
        RESULT(u) = -EOPNOTSUPP;
        return;
    }
    bool counted = counts(nr, (long)ARG(u, 0), (long)ARG(u, 1));
    bool fails = counted && due(NULL, nameless ? "nameless" : "-");
    bool half = fails && chosen->err == 0;
    if (!fails || half || nr == SYS_close) {
        long n = (long)ARG(u, 2);
        long r = pass(nr, (long)ARG(u, 0), (long)ARG(u, 1), half && n > 1 ? n / 2 : n,
                      (long)ARG(u, 3), (long)ARG(u, 4));
        RESULT(u) = fails && !half ? -chosen->err : r;
    } else {
        RESULT(u) = -chosen->err;
    }
    errno = kept;
}

static void catch_calls(const struct kind *k) {
    struct sigaction act = {.sa_sigaction = on_call, .sa_flags = SA_SIGINFO | SA_NODEFER};
    enum { FIXED = 8, MAX = FIXED + 2 * (MAX_CALLS + 1) };
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define EQUAL(x, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (x), (yes), (no))
#define RETURN(x) BPF_STMT(BPF_RET | BPF_K, (x))
    struct sock_filter f[MAX] = {
        LOAD(arch),    EQUAL(ARCH, 1, 0), RETURN(SECCOMP_RET_ALLOW),
        LOAD(args[5]), EQUAL(MARK, 0, 1), RETURN(SECCOMP_RET_ALLOW),
        LOAD(nr),
    };
    unsigned short n = FIXED - 1;
    for (int i = 0; i <= k->n; i++) { // and files without a name, where there shall be none
        if (i == k->n && !only_named) break;
        f[n++] = (struct sock_filter)EQUAL((unsigned)(i < k->n ? k->call[i] : SYS_openat), 0, 1);
        f[n++] = (struct sock_filter)RETURN(SECCOMP_RET_TRAP);
    }
    f[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
    struct sock_fprog prog = {n, f};
    if (sigaction(SIGSYS, &act, NULL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) != 0) {
        static const char no[] =
            "no filter can be set: calls of the kernel cannot be made to fail\n";
        pass(SYS_write, STDERR_FILENO, (long)no, sizeof no - 1, 0, 0);
        _exit(77);
    }
}

static main_fn *real_main;

static int counted_main(int argc, char **argv, char **env) {
    const char *want = getenv("MC_FAULT");
    report = getenv("MC_FAULT_REPORT");
    only_named = getenv("MC_FAULT_NAMED") != NULL;
    for (size_t i = 0; want && i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i].name);
        if (strncmp(want, kinds[i].name, n) == 0 && want[n] == ':') chosen = &kinds[i];
    }
    if (!want || !chosen) _exit(78);
    char *rest;
    first = strtol(strchr(want, ':') + 1, &rest, 10);
    onwards = strcmp(rest, ":all") == 0;
    unsetenv("LD_PRELOAD");
    if (chosen->n || only_named) catch_calls(chosen);
    atomic_store(&armed, true);
    return real_main(argc, argv, env);
}

// The count is told as late as can be: what stdio writes on the way out is the program's too.
__attribute__((destructor)) static void tell_count(void) {
    char text[32];
    atomic_store(&armed, false);
    snprintf(text, sizeof text, "count %ld\n", atomic_load(&calls));
    tell(text);
}

int __libc_start_main(main_fn *program, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void), void *stack_end) {
    real_main = program;
    start_fn *next = (start_fn *)dlsym(RTLD_NEXT, "__libc_start_main");
    return next(counted_main, argc, argv, init, fini, loader_fini, stack_end);
}
