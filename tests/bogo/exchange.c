/* exchange.c: one connection with the runner: the handshake, what has to have come of it, and then
 * an echo that turns each bit over. */
#include "exchange.h"

#include "errors.h"
#include "pem.h"
#include "talk.h"

#include <stdio.h>
#include <string.h>

enum { READ_SIZE = 512, READ_MAX = 65536, EXPORT_MAX = 8192 };

static const char greeting[] = "hello";

/* ---- what has come of it --------------------------------------------------------------------- */

static bool same_code(const char *what, uint64_t wanted, uint16_t got)
{
    if (wanted == 0 || wanted == got)
        return true;
    fprintf(stderr, "%s is %04x, not %04x\n", what, got, (unsigned)wanted);
    return false;
}

static bool same_text(const char *what, const char *wanted, tacit_span got)
{
    if (got.n == strlen(wanted) && (got.n == 0 || memcmp(got.p, wanted, got.n) == 0))
        return true;
    fprintf(stderr, "%s is \"%.*s\", not \"%s\"\n", what, (int)got.n, (const char *)got.p, wanted);
    return false;
}

static bool holds(const char *what, bool is)
{
    if (!is)
        fprintf(stderr, "not as expected: %s\n", what);
    return is;
}

/* A server knows the path that it has verified, and that is another one than was sent where more
 * than the root is trusted: of it, the leaf counts. */
static bool same_chain(const struct talk *t, const char *path)
{
    static struct pem pem;
    const tacit_conn *conn = tacit_stream_conn(t->stream);
    tacit_span der;
    bool ok = pem_read(&pem, path);
    size_t n = t->f->server ? 1 : pem.n;
    if (!t->f->server)
        ok = ok && !tacit_conn_peer_der(conn, n, &der);
    for (size_t i = 0; ok && i < n; i++)
        ok = tacit_conn_peer_der(conn, i, &der) && der.n == pem.certs[i].n
             && memcmp(der.p, pem.certs[i].p, der.n) == 0;
    return holds("the peer's certificates", ok);
}

static bool as_expected(const struct talk *t)
{
    const struct flags *f = t->f;
    const char *alpn = f->server ? f->select_alpn : f->alpn;
    tacit_info info = {.size = sizeof info};
    tacit_conn_info(tacit_stream_conn(t->stream), &info);
    return same_code("the version", f->version, info.version)
           && same_code("the suite", f->suite, info.suite)
           && same_code("the group", f->group, info.group)
           && same_code("the peer's scheme", f->peer_scheme, info.peer_scheme)
           && same_text("the protocol", alpn ? alpn : "", info.alpn)
           && (!f->asked_name || same_text("the name", f->asked_name, info.server_name))
           && (!f->retry || holds("a retry", info.hello_retry))
           && (!f->no_retry || holds("no retry", !info.hello_retry))
           && (!f->peer_chain || same_chain(t, f->peer_chain))
           && (!f->shown || holds("a signature", t->has_signed))
           && (!f->extended_master
               || holds("extended_master_secret", !(info.legacy & TACIT_LEGACY_NO_EMS)))
           && holds("no session is resumed", !info.resumed)
           && (!f->never_done || holds("an end before it is connected", false));
}

/* ---- the parts of a connection --------------------------------------------------------------- */

static bool send_exported(struct talk *t)
{
    static uint8_t key[EXPORT_MAX];
    const struct flags *f = t->f;
    const char *context = f->export_with_context && f->export_context ? f->export_context : "";
    tacit_span span = {(const uint8_t *)context, strlen(context)};
    if (f->export_n > sizeof key)
        unimplemented("more key material than", "8192 bytes");
    if (!tacit_conn_export(tacit_stream_conn(t->stream), key, f->export_n,
                           f->export_label ? f->export_label : "",
                           f->export_with_context ? span : (tacit_span){0})) {
        fprintf(stderr, "no key material is exported\n");
        return false;
    }
    return talk_write(t, key, f->export_n);
}

/* The secret that we read with, and the one that we write with, behind their common length. */
static bool send_secrets(struct talk *t)
{
    const struct heard *h = t->heard;
    bool server = t->f->server;
    const uint8_t length[] = {(uint8_t)h->secret_n, 0};
    return holds("secrets in a key log", h->secret_n > 0) && talk_write(t, length, sizeof length)
           && talk_write(t, h->secrets[!server], h->secret_n)
           && talk_write(t, h->secrets[server], h->secret_n);
}

/* Lengths around those that records and blocks have. The runner reads and forgets. */
static bool write_sizes(struct talk *t)
{
    static const size_t sizes[] = {0, 1, 255, 256, 257, 16383, 16384, 16385, 32769, 65536};
    static const uint8_t zeros[65536];
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof sizes / sizeof sizes[0]; i++)
        ok = talk_write(t, zeros, sizes[i]);
    return ok;
}

/* Leaves a write half done: the first record is sealed, and cannot be sent yet. */
static bool begin_write(struct talk *t)
{
    ptrdiff_t r = tacit_stream_write(t->stream, greeting, strlen(greeting));
    return holds("a write that has to wait", r == TACIT_STREAM_WANT_WRITE);
}

static bool exports_a_byte(struct talk *t)
{
    uint8_t byte;
    return holds("an exporter while data comes",
                 tacit_conn_export(tacit_stream_conn(t->stream), &byte, 1, "", (tacit_span){0}));
}

/* Answers what comes, until the runner ends: with or without close_notify, here. */
static bool echo(struct talk *t)
{
    static uint8_t text[READ_MAX];
    const struct flags *f = t->f;
    size_t room = f->read_size && f->read_size <= READ_MAX ? f->read_size : READ_SIZE;
    bool pending = f->unfinished_write;
    for (;;) {
        ptrdiff_t n = talk_read(t, text, room);
        if (n == TACIT_STREAM_DONE || n == TACIT_STREAM_TRUNCATED)
            return true;
        if (n < 0 || (f->export_between && !exports_a_byte(t)))
            return false;
        if (pending && !talk_write(t, greeting, strlen(greeting)))
            return false;
        pending = false;
        if (f->key_update && !tacit_conn_key_update(tacit_stream_conn(t->stream), false))
            return holds("a change of keys", false);
        for (ptrdiff_t i = 0; i < n; i++)
            text[i] ^= 0xff;
        if (!talk_write(t, text, (size_t)n))
            return false;
    }
}

static bool shake_hands(struct talk *t)
{
    if (t->f->implicit)
        return true;
    if (talk_handshake(t) != TACIT_STREAM_DONE || !as_expected(t))
        return false;
    return !t->f->handshake_again || talk_handshake(t) == TACIT_STREAM_DONE;
}

static bool converse(struct talk *t)
{
    const struct flags *f = t->f;
    if (!shake_hands(t) || (f->export_n && !send_exported(t))
        || (f->export_secrets && !send_secrets(t)))
        return false;
    if (f->sizes) {
        if (!write_sizes(t))
            return false;
    } else {
        if (f->unfinished_write && !begin_write(t))
            return false;
        if (!f->unfinished_write && f->first_write && !talk_write(t, greeting, strlen(greeting)))
            return false;
        if (!f->shut_down && !echo(t))
            return false;
    }
    ptrdiff_t end = talk_close(t, f->check_close);
    return !f->check_close || end == TACIT_STREAM_DONE;
}

/* ---- the whole ------------------------------------------------------------------------------- */

bool exchange(const struct flags *f, tacit_config *config, const struct heard *heard)
{
    tacit_error error = {0};
    struct talk t = {.f = f, .config = config, .heard = heard, .link = {.fd = -1}};
    tacit_conn *conn = f->server ? tacit_server_new(config, &error)
                                 : tacit_client_new(config, f->server_name, &error);
    t.stream = tacit_stream_new(conn, &error);
    bool ok = t.stream && link_open(&t.link, f->port, f->ipv6, f->shim_id, f->async);
    if (ok) {
        link_attach(&t.link, t.stream);
        ok = converse(&t) && !t.disagrees
             && (!f->messages || holds("the messages", heard_is(heard, f->messages)));
        if (!ok)
            talk_close(&t, false); /* the alert */
        if (!ok && tacit_stream_error(t.stream))
            error = *tacit_stream_error(t.stream);
        link_close(&t.link);
    }
    if (!ok)
        errors_print(&error);
    tacit_task_free(t.task);
    tacit_stream_free(t.stream);
    return ok;
}
