/* codec.c: see codec.h. */
#include "codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The extensions one by one, so that the walk over a block is tested with the messages. */
static bool rewrite_block(wr *w, span block)
{
    rd in = rd_of(block);
    size_t at = wr_open(w, 2);
    while (!rd_end(&in)) {
        uint16_t id;
        span data;
        if (!ext_next(&in, &id, &data))
            return false;
        wr_u16(w, id);
        wr_vec(w, 2, data);
    }
    wr_close(w, at, 2);
    return true;
}

static bool rewrite_client_hello(wr *w, span body)
{
    struct client_hello m;
    if (!client_hello_parse(&m, body))
        return false;
    client_hello_write(w, &m);
    return !m.has_extensions || rewrite_block(w, m.extensions);
}

static bool rewrite_server_hello(wr *w, span body)
{
    struct server_hello m;
    if (!server_hello_parse(&m, body))
        return false;
    server_hello_write(w, &m);
    return !m.extensions.p || rewrite_block(w, m.extensions);
}

static bool rewrite_encrypted_extensions(wr *w, span body)
{
    span block;
    return encrypted_extensions_parse(&block, body) && rewrite_block(w, block);
}

static bool rewrite_certificate_request(wr *w, span body)
{
    struct certificate_request m;
    if (!certificate_request_parse(&m, body))
        return false;
    certificate_request_write(w, &m);
    return rewrite_block(w, m.extensions);
}

static bool rewrite_certificate(wr *w, span body)
{
    struct certificate m;
    struct certificate_entry entry;
    if (!certificate_parse(&m, body))
        return false;
    size_t list = certificate_open(w, m.context);
    for (rd in = rd_of(m.entries); !rd_end(&in);) {
        if (!certificate_next(&entry, &in))
            return false;
        certificate_entry_write(w, entry.der);
        wr_vec(w, 2, entry.extensions);
    }
    certificate_close(w, list);
    return true;
}

static bool rewrite_certificate_verify(wr *w, span body)
{
    struct certificate_verify m;
    if (!certificate_verify_parse(&m, body))
        return false;
    certificate_verify_write(w, &m);
    return true;
}

static bool rewrite_new_session_ticket(wr *w, span body)
{
    struct new_session_ticket m;
    if (!new_session_ticket_parse(&m, body))
        return false;
    new_session_ticket_write(w, &m);
    return rewrite_block(w, m.extensions);
}

static bool rewrite_key_update(wr *w, span body)
{
    uint8_t request;
    if (!key_update_parse(&request, body))
        return false;
    key_update_write(w, request);
    return true;
}

bool codec_rewrite(uint8_t type, span body, wr *w)
{
    switch (type) {
    case MSG_CLIENT_HELLO:
        return rewrite_client_hello(w, body);
    case MSG_SERVER_HELLO:
        return rewrite_server_hello(w, body);
    case MSG_ENCRYPTED_EXTENSIONS:
        return rewrite_encrypted_extensions(w, body);
    case MSG_CERTIFICATE_REQUEST:
        return rewrite_certificate_request(w, body);
    case MSG_CERTIFICATE:
        return rewrite_certificate(w, body);
    case MSG_CERTIFICATE_VERIFY:
        return rewrite_certificate_verify(w, body);
    case MSG_NEW_SESSION_TICKET:
        return rewrite_new_session_ticket(w, body);
    case MSG_KEY_UPDATE:
        return rewrite_key_update(w, body);
    default:
        fail_msg("there is no codec for the type %u", type);
        return false;
    }
}

enum where codec_extensions(uint8_t type, span body, span *block)
{
    struct client_hello client_hello;
    struct server_hello server_hello;
    struct certificate_request request;
    struct new_session_ticket ticket;
    switch (type) {
    case MSG_CLIENT_HELLO:
        assert_true(client_hello_parse(&client_hello, body));
        *block = client_hello.extensions;
        return IN_CH;
    case MSG_SERVER_HELLO:
        assert_true(server_hello_parse(&server_hello, body));
        *block = server_hello.extensions;
        return server_hello_is_retry(&server_hello) ? IN_HRR : IN_SH;
    case MSG_ENCRYPTED_EXTENSIONS:
        assert_true(encrypted_extensions_parse(block, body));
        return IN_EE;
    case MSG_CERTIFICATE_REQUEST:
        assert_true(certificate_request_parse(&request, body));
        *block = request.extensions;
        return IN_CR;
    case MSG_NEW_SESSION_TICKET:
        assert_true(new_session_ticket_parse(&ticket, body));
        *block = ticket.extensions;
        return IN_NST;
    default:
        *block = (span){0};
        return IN_CT;
    }
}

/* Each attempt is made on a copy of its exact size, so that reading past it is seen. */
static bool reads(uint8_t type, span body, size_t n, wr *w)
{
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memset(copy, 0, n);
    memcpy(copy, body.p, n < body.n ? n : body.n);
    bool ok = codec_rewrite(type, (span){copy, n}, w);
    free(copy);
    return ok;
}

/* A hello of TLS 1.2 may end before its extensions. */
static bool may_end(uint8_t type, span body, size_t n)
{
    span block;
    bool hello = type == MSG_CLIENT_HELLO || type == MSG_SERVER_HELLO;
    codec_extensions(type, body, &block);
    return n == body.n || (hello && block.p && n + 2 + block.n == body.n);
}

void codec_check(uint8_t type, span body)
{
    uint8_t *out = malloc(body.n + 2);
    assert_non_null(out);
    for (size_t n = 0; n <= body.n + 1; n++) {
        wr w = wr_of(out, body.n + 2);
        bool legal = may_end(type, body, n);
        if (reads(type, body, n, &w) != legal)
            fail_msg("%s: %zu bytes of %zu %s", msg_name(type), n, body.n,
                     legal ? "cannot be read" : "can be read");
        if (legal) {
            assert_true(wr_ok(&w));
            assert_int_equal(w.n, n);
            assert_memory_equal(out, body.p, n);
        }
    }
    free(out);
}
