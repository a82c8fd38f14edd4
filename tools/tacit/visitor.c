/* visitor.c: one connection: its requests in turn, each answered before the next is looked at.
 *
 * Memory is bounded: a request's head, one chunk of an answer, and what the connection itself
 * holds. Whoever does not read stops his own file; whoever asks for more before reading stops his
 * own requests. Time is bounded: the handshake by the library's deadline, a request's head as a
 * whole, and an answer by bytes that must go on moving. */
#include "visitor.h"

#include "failure.h"
#include "out.h"

#include <tacit/info.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void on_progress(struct link *link);
static void on_timeout(struct link *link);
static void on_closed(struct link *link);

static const struct link_events events = {on_progress, on_timeout, on_closed};

/* ---- coming and going ------------------------------------------------------------------------ */

static void name_peer(struct visitor *v)
{
    struct sockaddr_storage address;
    int n = sizeof address;
    char host[48] = "?";
    int port = 0;
    if (!uv_tcp_getpeername(&v->link.tcp, (struct sockaddr *)&address, &n)) {
        if (address.ss_family == AF_INET6) {
            const struct sockaddr_in6 *in6 = (const void *)&address;
            uv_ip6_name(in6, host, sizeof host);
            port = ntohs(in6->sin6_port);
        } else {
            const struct sockaddr_in *in = (const void *)&address;
            uv_ip4_name(in, host, sizeof host);
            port = ntohs(in->sin_port);
        }
    }
    snprintf(v->peer, sizeof v->peer, strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, port);
}

static void enlist(struct visitor *v)
{
    v->next = v->server->visitors;
    if (v->next)
        v->next->prev = v;
    v->server->visitors = v;
}

static void leave(struct visitor *v)
{
    if (!v->gone || v->reading)
        return;
    if (v->file >= 0)
        close(v->file);
    if (v->prev)
        v->prev->next = v->next;
    else
        v->server->visitors = v->next;
    if (v->next)
        v->next->prev = v->prev;
    free(v->in);
    free(v->chunk);
    free(v);
}

static void on_closed(struct link *link)
{
    struct visitor *v = link->user;
    v->gone = true;
    leave(v);
}

static void say(const struct visitor *v, const char *code, const char *sentence, const char *reason)
{
    out_row(stderr, "failed", "%s  %s  %s%s%s%s", v->peer, code, sentence, reason ? " (" : "",
            reason ? reason : "", reason ? ")" : "");
}

bool visitor_accept(struct server *server)
{
    tacit_error error = {0};
    struct visitor *v = calloc(1, sizeof *v);
    if (!v)
        return false;
    v->server = server;
    v->file = -1;
    enlist(v);
    if (link_init(&v->link, &server->loop, &events, v)
        || uv_accept((uv_stream_t *)&server->listener, (uv_stream_t *)&v->link.tcp)) {
        link_abort(&v->link);
        return true;
    }
    name_peer(v);
    tacit_conn *conn = tacit_server_new(*server->config, &error);
    if (conn) {
        link_start(&v->link, conn);
        return true;
    }
    char sentence[512];
    tacit_error_sentence(&error, sentence, sizeof sentence);
    say(v, error.code, sentence, error.name);
    link_abort(&v->link);
    return true;
}

static void end(struct visitor *v)
{
    if (v->ended)
        return;
    v->ended = true;
    tacit_conn_close(v->link.conn);
    link_finish(&v->link, VISITOR_LINGER_MS);
}

void visitor_drain(struct visitor *v)
{
    v->last = true;
    if (!v->answering && !v->in_n && v->link.conn)
        end(v);
}

/* ---- answers --------------------------------------------------------------------------------- */

static void on_file_read(uv_fs_t *fs)
{
    struct visitor *v = fs->data;
    ssize_t n = fs->result;
    uv_fs_req_cleanup(fs);
    v->reading = false;
    if (v->gone) {
        leave(v);
        return;
    }
    if (n <= 0) { /* it shrank, or the disk failed: the length that was promised cannot be kept */
        say(v, "file", "the file ended before its length", NULL);
        link_abort(&v->link);
        return;
    }
    v->chunk_n += (size_t)n;
    v->file_left -= (uint64_t)n;
    v->filled = true;
    link_pump(&v->link);
}

/* read_file fills the rest of the chunk: the head and a small file go out in one record. */
static void read_file(struct visitor *v)
{
    size_t room = VISITOR_CHUNK - v->chunk_n;
    size_t n = v->file_left < room ? (size_t)v->file_left : room;
    uv_buf_t buf = uv_buf_init((char *)v->chunk + v->chunk_n, (unsigned)n);
    v->fs.data = v;
    v->reading = !uv_fs_read(&v->server->loop, &v->fs, v->file, &buf, 1, -1, on_file_read);
    if (!v->reading)
        link_abort(&v->link);
}

static void finish_answer(struct visitor *v)
{
    v->answering = false;
    if (v->file >= 0)
        close(v->file);
    v->file = -1;
    free(v->chunk);
    v->chunk = NULL;
    v->chunk_n = v->chunk_at = 0;
    if (v->last || v->server->draining)
        end(v);
    else
        v->link.deadline = uv_now(&v->server->loop) + v->server->idle_ms;
}

/* go_on sends more of the answer; false: it must wait for the peer or the disk. */
static bool go_on(struct visitor *v)
{
    if (v->file_left && !v->filled) {
        read_file(v);
        return false;
    }
    v->chunk_at += tacit_conn_write(v->link.conn, v->chunk + v->chunk_at, v->chunk_n - v->chunk_at);
    if (v->chunk_at < v->chunk_n)
        return false;
    v->chunk_n = v->chunk_at = 0;
    v->filled = false;
    if (!v->file_left)
        finish_answer(v);
    return true;
}

/* ---- requests -------------------------------------------------------------------------------- */

static bool take_input(struct visitor *v)
{
    tacit_span in = tacit_conn_app_in_buf(v->link.conn);
    size_t room = VISITOR_IN - v->in_n, n = in.n < room ? in.n : room;
    if (!n)
        return false;
    if (!v->in && !(v->in = malloc(VISITOR_IN))) {
        link_abort(&v->link);
        return false;
    }
    memcpy(v->in + v->in_n, in.p, n);
    v->in_n += n;
    tacit_conn_app_in_done(v->link.conn, n);
    return true;
}

static void drop_input(struct visitor *v, size_t n)
{
    v->in_n -= n;
    memmove(v->in, v->in + n, v->in_n);
    if (v->in_n)
        return;
    free(v->in);
    v->in = NULL;
}

/* next_request begins the answer to the next request if it has come; false: there is none yet. */
static bool next_request(struct visitor *v)
{
    size_t n;
    while (!(n = v->in_n ? http_request_read(&v->request, v->in, v->in_n) : 0))
        if (!take_input(v))
            break;
    if (!n && v->in_n < VISITOR_IN) {
        if (tacit_conn_read_end(v->link.conn) != TACIT_READ_OPEN) /* and nothing was asked */
            end(v);
        return false;
    }
    if (!n) { /* empty lines without end */
        n = v->in_n;
        v->request = (struct http_request){.status = 400};
    }
    drop_input(v, n);
    v->chunk = malloc(VISITOR_CHUNK);
    if (!v->chunk) {
        link_abort(&v->link);
        return false;
    }
    v->link.deadline = UINT64_MAX;
    answer_begin(v);
    return true;
}

/* ---- events ---------------------------------------------------------------------------------- */

static void arrive(struct visitor *v)
{
    v->arrived = true;
    v->link.idle_ms = v->server->idle_ms;
    v->link.deadline = uv_now(&v->server->loop) + v->server->idle_ms;
    if (v->server->draining)
        end(v);
}

/* blame adds to a sentence which of the client's certificates it is about, and what was found. */
static void blame(const struct visitor *v, const tacit_error *error, char *out, size_t cap)
{
    const tacit_report *report = tacit_conn_report(v->link.conn);
    tacit_attempt first = {.size = sizeof first};
    tacit_cert_info info = {.size = sizeof info};
    if (report && tacit_report_attempt(report, 0, &first) && first.error.reason == error->reason
        && first.error.depth >= 0 && tacit_report_cert(report, 0, (size_t)first.error.depth, &info))
        snprintf(out, cap, "; certificate %d: %s%s%s", (int)first.error.depth, info.subject,
                 first.found[0] ? ": " : "", first.found);
}

static void fail_with(struct visitor *v, const tacit_error *error)
{
    char sentence[1200], clean[4 * sizeof sentence];
    size_t n = tacit_error_sentence(error, sentence, sizeof sentence);
    blame(v, error, sentence + n, sizeof sentence - n);
    say(v, error->code, out_escape(clean, sizeof clean, sentence, strlen(sentence)), error->name);
    v->ended = true;
    link_finish(&v->link, VISITOR_LINGER_MS);
}

static void on_progress(struct link *link)
{
    struct visitor *v = link->user;
    const tacit_error *error = tacit_conn_error(link->conn);
    tacit_phase phase = tacit_conn_phase(link->conn);
    if (v->ended)
        return;
    if (error) {
        fail_with(v, error);
        return;
    }
    if (phase != TACIT_PHASE_CONNECTED && phase != TACIT_PHASE_CLOSING)
        return;
    if (!v->arrived)
        arrive(v);
    while (!v->ended && !link->closing && !v->reading) {
        if (link->io_error) { /* nobody is there to read the rest */
            if (v->answering)
                say(v, "tls.truncated", "the client left in the middle of an answer", NULL);
            v->ended = true;
            link_abort(link);
        } else if (!(v->answering ? go_on(v) : next_request(v))) {
            return;
        }
    }
}

static void on_timeout(struct link *link)
{
    struct visitor *v = link->user;
    if (v->answering)
        say(v, "net.timeout", "the client took nothing of its answer for too long", NULL);
    end(v);
}
