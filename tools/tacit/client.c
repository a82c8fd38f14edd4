/* client.c: from the name to the exit status.
 *
 * After a CertificateRequest the handshake looks finished to us before the server has looked at our
 * certificate: a refusal comes as the first thing afterwards (RFC 9846 4.5.2). So success is told
 * only when the first byte has come, or nothing came for a second. */
#include "client.h"

#include "out.h"
#include "tool.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SETTLE_MS = 1000,
    LINGER_MS = 500,
    STATUS_INTERRUPTED = 128 + SIGINT,
};

static void on_dialled(struct dial *dial, int status);
static void on_progress(struct link *link);
static void on_timeout(struct link *link);
static void on_closed(struct link *link);
static void on_signal(uv_signal_t *handle, int number);
static void tell_end(struct client *c);

static const struct link_events events = {on_progress, on_timeout, on_closed};

static void watch_signals(struct client *c)
{
    static const int numbers[2] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&c->loop, &c->signals[i]);
        c->signals[i].data = c;
        uv_signal_start(&c->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&c->signals[i]);
    }
}

static void close_loop(struct client *c)
{
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&c->signals[i], NULL);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    uv_loop_close(&c->loop);
    fdio_end(&c->out.io);
}

int client_run(struct client *c)
{
    c->report.target = c->dial.target = &c->target;
    c->report.dial = &c->dial;
    c->report.name = c->peer ? c->peer : c->name;
    c->report.allow = c->setup.options.n_allow != 0;
    c->dial.user = c;
    if (uv_loop_init(&c->loop))
        return out_fail(STATUS_INTERNAL, NULL, "no event loop");
    fdio_init(&c->out.io, STDOUT_FILENO, c);
    watch_signals(c);
    dial_start(&c->dial, &c->loop, c->timeout_ms, on_dialled);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    close_loop(c);
    tell_end(c);
    report_end(&c->report);
    if (c->interrupted)
        return STATUS_INTERRUPTED;
    return out_flush(c->report.failure.status);
}

/* ---- the way up ------------------------------------------------------------------------------ */

static void start_tls(struct client *c)
{
    tacit_error error = {0};
    struct failure *failure = &c->report.failure;
    int err = link_init(&c->link, &c->loop, &events, c);
    if (!err)
        err = uv_tcp_open(&c->link.tcp, c->dial.fd);
    tacit_conn *conn = err ? NULL : tacit_client_new(c->setup.config, c->name, &error);
    if (err)
        failure_own(failure, STATUS_INTERNAL, "internal", "the socket: %s", uv_strerror(err));
    else if (!conn)
        failure_tls(failure, &error);
    if (!conn) {
        link_abort(&c->link);
        return;
    }
    c->tls_began = uv_hrtime();
    uv_update_time(&c->loop);
    c->link.deadline = uv_now(&c->loop) + c->timeout_ms;
    link_start(&c->link, conn);
}

static void on_dialled(struct dial *dial, int status)
{
    static const struct {
        int status;
        const char *code;
    } codes[] = {
        {STATUS_DNS, "net.dns"}, {STATUS_REFUSED, "net.refused"}, {STATUS_TIMEOUT, "net.timeout"}};
    struct client *c = dial->user;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (status == codes[i].status)
            failure_own(&c->report.failure, status, codes[i].code, "%s", dial->why);
    if (dial_resolving(dial)) { /* a thread is stuck in the resolver: do not wait for it */
        tell_end(c);
        _exit(out_flush(status));
    }
    if (!status)
        start_tls(c);
}

/* became_connected notes the moment at which the peer is proven. */
static bool became_connected(struct client *c)
{
    tacit_phase phase = tacit_conn_phase(c->link.conn);
    if (c->report.connected || (phase != TACIT_PHASE_CONNECTED && phase != TACIT_PHASE_CLOSING))
        return false;
    c->report.connected = true;
    c->report.tls_ns = uv_hrtime() - c->tls_began;
    c->bytes_then = c->link.bytes_in;
    report_collect(&c->report, c->link.conn);
    c->settled = !c->report.info.client_auth_requested;
    c->link.deadline = c->settled ? UINT64_MAX : uv_now(&c->loop) + SETTLE_MS;
    return true;
}

static bool heard_something(const struct client *c)
{
    return c->link.bytes_in > c->bytes_then || tacit_conn_read_end(c->link.conn) != TACIT_READ_OPEN;
}

static void on_progress(struct link *link)
{
    struct client *c = link->user;
    const tacit_error *error = tacit_conn_error(link->conn);
    became_connected(c);
    if (error) {
        failure_tls(&c->report.failure, error);
        c->report.connected = c->report.connected && c->settled; /* refused after all */
        client_end(c);
        return;
    }
    if (!c->report.connected || c->ending)
        return;
    if (!c->settled && heard_something(c)) {
        c->settled = true;
        link->deadline = UINT64_MAX;
    }
    if (!c->begun) {
        c->begun = true;
        c->mode->begin(c);
    }
    c->mode->progress(c);
}

static void on_timeout(struct link *link)
{
    struct client *c = link->user;
    double seconds = c->timeout_ms / 1000.0;
    if (!c->report.connected) {
        failure_own(&c->report.failure, STATUS_TIMEOUT, "net.timeout",
                    "%s took the connection, but its TLS handshake was not over within %g seconds",
                    c->target.shown, seconds);
    } else if (!c->settled) {
        c->settled = true;
        link->deadline = UINT64_MAX;
        return;
    } else if (c->mode != &client_report && tacit_conn_read_end(link->conn) == TACIT_READ_OPEN) {
        failure_own(&c->report.failure, STATUS_TIMEOUT, "net.timeout",
                    "nothing came from %s for %g seconds", c->target.shown, seconds);
    }
    client_end(c);
}

/* ---- the way down ---------------------------------------------------------------------------- */

void client_end(struct client *c)
{
    if (c->ending)
        return;
    c->ending = true;
    report_collect(&c->report, c->link.conn);
    if (c->begun && c->mode->stop)
        c->mode->stop(c);
    tacit_conn_close(c->link.conn);
    link_finish(&c->link, LINGER_MS);
}

static void on_closed(struct link *link)
{
    (void)link;
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    struct client *c = handle->data;
    if (c->interrupted || !c->report.connected || c->ending)
        _exit(STATUS_INTERRUPTED);
    c->interrupted = true;
    client_end(c);
}

/* explain_not_tls names what answered instead of TLS, by its first bytes. */
static void explain_not_tls(struct client *c)
{
    static const struct {
        const char *begins, *name;
    } known[] = {{"HTTP/", "in plain HTTP"},   {"<", "in plain HTTP"},
                 {"SSH-", "as an SSH server"}, {"220", "in plain SMTP or FTP"},
                 {"+OK", "in plain POP3"},     {"* OK", "in plain IMAP"},
                 {"RFB ", "as a VNC server"},  {"-ERR", "in plain Redis or POP3"}};
    struct failure *f = &c->report.failure;
    char said[4 * LINK_FIRST + 1];
    const char *how = "in a protocol that is not TLS";
    size_t n = 0;
    if (!f->tls.reason || strcmp(f->code, "tls.not-tls") != 0 || !c->link.n_first)
        return;
    while (n < c->link.n_first && n < 48 && !strchr("\r\n", c->link.first[n]))
        n++;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!strncmp((const char *)c->link.first, known[i].begins, strlen(known[i].begins)))
            how = known[i].name;
    snprintf(f->sentence, sizeof f->sentence, "the server answered %s (\"%s\")", how,
             out_escape(said, sizeof said, c->link.first, n));
}

/* tell prints everything there is to say. */
static void tell(struct client *c)
{
    FILE *to = c->mode == &client_report ? stdout : stderr;
    if (c->json)
        out_json(to, report_json(&c->report));
    else if (!c->quiet)
        report_text(&c->report, to);
    else if (c->report.failure.status)
        failure_print(&c->report.failure);
    if (c->insecure && (c->json || c->quiet))
        report_insecure(&c->report, stderr);
}

void client_tell(struct client *c)
{
    if (!c->told)
        tell(c);
    c->told = true;
}

static void tell_end(struct client *c)
{
    if (c->report.connected && !c->interrupted)
        report_expiry(&c->report, c->warn_days);
    explain_not_tls(c);
    if (!c->told) {
        tell(c);
    } else if (c->report.failure.status) {
        failure_print(&c->report.failure);
        if (!c->quiet)
            failure_hint(&c->report.failure);
    }
}

/* ---- standard output ------------------------------------------------------------------------- */

size_t outlet_room(const struct client *c)
{
    return c->out.io.busy ? 0 : sizeof c->out.bytes - c->out.n;
}

static void on_outlet_written(struct fdio *io, ssize_t result)
{
    struct client *c = io->user;
    c->out.n = 0;
    if (result < 0) {
        failure_own(&c->report.failure, STATUS_FILE, "file", "cannot write to standard output: %s",
                    uv_strerror((int)result));
        client_end(c);
    }
    link_pump(&c->link);
}

void outlet_put(struct client *c, const uint8_t *bytes, size_t n)
{
    memcpy(c->out.bytes + c->out.n, bytes, n);
    c->out.n += n;
    if (c->out.n && !c->out.io.busy)
        fdio_write(&c->out.io, &c->loop, c->out.bytes, c->out.n, on_outlet_written);
}
