/* peer.c: see peer.h. Each job is a process: a server is stopped by ending it. Every wait has an
 * end, by the sockets' timeouts and by alarm(). */
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_S = 20, MAX_JOBS = 1024 };

static const char answer_head[] = "HTTP/1.0 200 OK\r\n\r\n";

/* ---- words ----------------------------------------------------------------------------------- */

const char *job_word(const struct job *job, const char *key)
{
    for (size_t i = 0; i < job->n; i++)
        if (!strcmp(job->words[i].key, key))
            return job->words[i].value;
    return NULL;
}

bool job_is(const struct job *job, const char *key, const char *value)
{
    const char *found = job_word(job, key);
    return found && !strcmp(found, value);
}

void job_list(struct list *list, const struct job *job, const char *key)
{
    const char *text = job_word(job, key);
    char *rest = list->text;
    snprintf(list->text, sizeof list->text, "%s", text ? text : "");
    for (list->n = 0; text && rest && list->n < MAX_LIST;)
        list->items[list->n++] = strsep(&rest, ",");
    list->items[list->n] = NULL;
}

/* number_of is a word's value as a number; 0 without it. */
static long number_of(const struct job *job, const char *key)
{
    const char *text = job_word(job, key);
    return text ? strtol(text, NULL, 10) : 0;
}

static bool read_job(struct job *job, char *line)
{
    char *rest = line;
    *job = (struct job){.role = strsep(&rest, " \n")};
    for (char *word; (word = strsep(&rest, " \n")) && job->n < MAX_WORDS;) {
        char *value = strchr(word, '=');
        if (!value)
            continue;
        *value = '\0';
        job->words[job->n].key = word;
        job->words[job->n++].value = value + 1;
    }
    return job->role[0] && job_word(job, "job");
}

/* ---- answers --------------------------------------------------------------------------------- */

/* say writes one line at once, so that the lines of processes do not mix. */
static void say(const struct job *job, const char *facts)
{
    char line[1024];
    int n = snprintf(line, sizeof line, "{\"job\": \"%s\", %s}\n", job_word(job, "job"), facts);
    if (write(STDOUT_FILENO, line, (size_t)n) != n)
        _exit(1);
}

static void say_failed(const struct job *job, const char *why)
{
    char facts[WHY + 40], clean[WHY];
    snprintf(clean, sizeof clean, "%s", why);
    for (char *p = clean; *p; p++)
        if (*p < ' ' || *p > '~' || strchr("\"\\", *p))
            *p = '\'';
    snprintf(facts, sizeof facts, "\"ok\": false, \"said\": \"%s\"", clean);
    say(job, facts);
}

static void say_agreed(const struct job *job, const struct agreed *a, const char *end)
{
    char facts[512];
    const char *quote = a->alpn ? "\"" : "";
    snprintf(facts, sizeof facts,
             "\"ok\": true, \"version\": \"%s\", \"suite\": \"%s\", \"alpn\": %s%s%s, "
             "\"end\": \"%s\"",
             a->version, a->suite, quote, a->alpn ? a->alpn : "null", quote, end);
    say(job, facts);
}

/* ---- sockets --------------------------------------------------------------------------------- */

static struct sockaddr_in loopback(const struct job *job)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons((uint16_t)number_of(job, "port"))};
}

static void be_quick(int fd)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    alarm(PATIENCE_S);
}

static bool rekey(const struct job *job, struct connection *c)
{
    for (long i = number_of(job, "rekey"); i > 0; i--)
        if (!library_rekey(c))
            return false;
    return true;
}

/* ---- a client -------------------------------------------------------------------------------- */

static const char *read_page(struct connection *c, const char *path)
{
    static char piece[16384];
    FILE *out = fopen(path ? path : "/dev/null", "wb");
    if (!out)
        return "no file to write";
    long n;
    while ((n = library_read(c, piece, sizeof piece)) > 0)
        fwrite(piece, 1, (size_t)n, out);
    return fclose(out) || n < 0 ? "truncated" : "clean";
}

static void run_client(const struct job *job)
{
    char why[WHY] = "", request[256];
    const struct sockaddr_in to = loopback(job);
    const char *path = job_word(job, "path");
    bool cut = job_is(job, "end", "truncated");
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    be_quick(fd);
    if (connect(fd, (const struct sockaddr *)&to, sizeof to)) {
        say_failed(job, "nobody is there");
        return;
    }
    struct connection *c = library_set_up(job, false, why) ? library_handshake(fd, why) : NULL;
    if (!c) {
        close(fd);
        say_failed(job, why);
        return;
    }
    struct agreed agreed = library_agreed(c);
    if (!rekey(job, c))
        snprintf(why, sizeof why, "no new keys");
    snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n", path ? path : "/");
    if (!library_write(c, request, cut ? 7 : strlen(request)))
        snprintf(why, sizeof why, "the request cannot be written");
    const char *end = cut ? "clean" : read_page(c, job_word(job, "out"));
    if (why[0])
        say_failed(job, why);
    else
        say_agreed(job, &agreed, end);
    library_end(c, cut);
    close(fd);
}

/* ---- a server -------------------------------------------------------------------------------- */

static void echo(struct connection *c)
{
    static char piece[16384];
    long n;
    while ((n = library_read(c, piece, sizeof piece)) > 0)
        if (!library_write(c, piece, (size_t)n))
            return;
}

static bool read_request(struct connection *c)
{
    char request[4096] = "";
    for (size_t got = 0; !strstr(request, "\r\n\r\n");) {
        long n = library_read(c, request + got, sizeof request - 1 - got);
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

static bool put_page(struct connection *c, const char *path)
{
    static char piece[16384];
    if (!library_write(c, answer_head, sizeof answer_head - 1))
        return false;
    if (!path)
        return library_write(c, "a page\n", 7);
    FILE *page = fopen(path, "rb");
    bool whole = page;
    size_t n;
    while (whole && (n = fread(piece, 1, sizeof piece, page)) > 0)
        whole = library_write(c, piece, n);
    if (page)
        fclose(page);
    return whole;
}

/* drain waits for the other end's last word: closing over bytes that nobody has read resets the
 * connection, and what was written before may be lost. */
static void drain(int fd)
{
    char piece[4096];
    shutdown(fd, SHUT_WR);
    while (read(fd, piece, sizeof piece) > 0)
        ;
}

static void visit(const struct job *job, int fd)
{
    char why[WHY] = "";
    be_quick(fd);
    struct connection *c = library_handshake(fd, why);
    if (!c) {
        say_failed(job, why);
        return;
    }
    struct agreed agreed = library_agreed(c);
    if (job_word(job, "echo"))
        echo(c);
    else if (rekey(job, c) && read_request(c))
        put_page(c, job_word(job, "page"));
    say_agreed(job, &agreed, "");
    library_end(c, job_is(job, "end", "truncated"));
}

static void run_server(const struct job *job)
{
    char facts[40], why[WHY] = "";
    struct sockaddr_in at = loopback(job);
    socklen_t n = sizeof at;
    const int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!library_set_up(job, true, why) || bind(listener, (struct sockaddr *)&at, sizeof at)
        || listen(listener, 16) || getsockname(listener, (struct sockaddr *)&at, &n)) {
        say_failed(job, why[0] ? why : "no port");
        return;
    }
    snprintf(facts, sizeof facts, "\"port\": %d", ntohs(at.sin_port));
    say(job, facts);
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd)) {
        visit(job, fd);
        drain(fd);
        alarm(0);
    }
}

/* ---- jobs ------------------------------------------------------------------------------------ */

struct running {
    char job[16];
    pid_t pid;
};

/* start has a process of its own do a job. */
static pid_t start(const struct job *job)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* no server outlives the program */
    if (!strcmp(job->role, "client"))
        run_client(job);
    else if (!strcmp(job->role, "server"))
        run_server(job);
    _exit(0);
}

static void stop(struct running *r)
{
    kill(r->pid, SIGTERM);
    waitpid(r->pid, NULL, 0);
    r->pid = 0;
}

int main(int argc, char **argv)
{
    static struct running servers[MAX_JOBS];
    size_t n = 0;
    char line[2048];
    struct job job;
    if (argc > 1 && !strcmp(argv[1], "--version"))
        return puts(library_version()) < 0;
    signal(SIGPIPE, SIG_IGN);
    while (fgets(line, sizeof line, stdin)) {
        if (!read_job(&job, line))
            continue;
        if (!strcmp(job.role, "stop")) {
            for (size_t i = 0; i < n; i++)
                if (servers[i].pid && job_is(&job, "job", servers[i].job))
                    stop(&servers[i]);
            continue;
        }
        pid_t pid = start(&job);
        if (!strcmp(job.role, "server") && n < MAX_JOBS) {
            snprintf(servers[n].job, sizeof servers[n].job, "%s", job_word(&job, "job"));
            servers[n++].pid = pid;
        } else {
            waitpid(pid, NULL, 0);
        }
    }
    for (size_t i = 0; i < n; i++)
        if (servers[i].pid)
            stop(&servers[i]);
    return 0;
}
