/* talk.c: a stream with everything that it may have to wait for: the runner, and our own answers.
 *
 * With -async, no answer is there when it is asked for: the operation is called once more with the
 * task still out, and has to wait for it again. */
#include "talk.h"

#include "pem.h"
#include "setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_text(tacit_span s, const char *text)
{
    return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static bool has_codes(tacit_span s, const struct codes *wanted)
{
    bool same = s.n == 2 * wanted->n;
    for (size_t i = 0; same && i < wanted->n; i++)
        same = (s.p[2 * i] << 8 | s.p[2 * i + 1]) == wanted->v[i];
    return same;
}

static void see_hello(struct talk *t)
{
    const struct flags *f = t->f;
    tacit_hello hello = {.size = sizeof hello};
    bool ok = tacit_task_hello(t->task, &hello)
              && (!f->asked_name || is_text(hello.server_name, f->asked_name))
              && (!f->offered_alpn || is_text(hello.alpn, f->offered_alpn))
              && (!f->peer_schemes.n || has_codes(hello.schemes, &f->peer_schemes));
    if (!ok) {
        fprintf(stderr, "the hello is not as expected\n");
        t->disagrees = true;
    }
    if (f->use_hello)
        tacit_task_use(t->task, t->config);
    if (f->refuse_hello || !ok)
        tacit_task_refuse(t->task);
}

/* Reads a name in hexadecimal up to a comma, behind two bytes for its length. */
static size_t read_name(uint8_t *out, size_t room, const char **text)
{
    size_t n = 2;
    unsigned byte;
    for (; n < room && sscanf(*text, "%2x", &byte) == 1; *text += 2)
        out[n++] = (uint8_t)byte;
    *text += **text == ',';
    out[0] = (uint8_t)((n - 2) >> 8);
    out[1] = (uint8_t)(n - 2);
    return n;
}

static bool has_names(tacit_span s, const char *wanted)
{
    uint8_t names[4096];
    size_t n = 0;
    while (*wanted && n + 2 < sizeof names)
        n += read_name(names + n, sizeof names - n, &wanted);
    return s.n == n && (n == 0 || memcmp(s.p, names, n) == 0);
}

static void see_request(struct talk *t)
{
    const struct flags *f = t->f;
    tacit_request request = {.size = sizeof request};
    bool ok = tacit_task_request(t->task, &request)
              && (!f->peer_schemes.n || has_codes(request.schemes, &f->peer_schemes))
              && (!f->authorities || has_names(request.authorities, f->authorities));
    if (!ok) {
        fprintf(stderr, "the request is not as expected\n");
        t->disagrees = true;
    }
}

/* Which of our certificates is it that this end has chosen to show? */
static void see_signing(struct talk *t)
{
    static struct pem pem;
    const struct flags *f = t->f;
    long number = strtol(f->shown, NULL, 10);
    const struct slot *slot = number < 0 ? &f->own : &f->slots[number];
    tacit_signing signing = {.size = sizeof signing};
    bool ok = number < (long)f->n_slots && slot->chain && pem_read(&pem, slot->chain)
              && tacit_task_signing(t->task, &signing) && signing.leaf.n == pem.certs[0].n
              && memcmp(signing.leaf.p, pem.certs[0].p, signing.leaf.n) == 0;
    if (!ok) {
        fprintf(stderr, "the certificate shown is not number %s\n", f->shown);
        t->disagrees = true;
    }
    t->has_signed = true;
}

static void answer(struct talk *t)
{
    tacit_task_kind what = tacit_task_what(t->task);
    if (what == TACIT_TASK_SIGN && t->f->shown)
        see_signing(t);
    if (what == TACIT_TASK_CHOOSE)
        see_request(t);
    if (what == TACIT_TASK_HELLO)
        see_hello(t);
    else if (what == TACIT_TASK_VERIFY && refuses(t->f))
        tacit_task_refuse(t->task);
    else
        tacit_task_run(t->task);
    if (tacit_conn_answer(tacit_stream_conn(t->stream), t->task))
        t->task = NULL;
}

bool talk_on(struct talk *t, ptrdiff_t result)
{
    bool taken = t->task != NULL;
    switch (result) {
    case TACIT_STREAM_WANT_READ:
    case TACIT_STREAM_WANT_WRITE:
        link_go(&t->link, result);
        return true;
    case TACIT_STREAM_WANT_TASK:
        if (!taken)
            t->task = tacit_conn_take_task(tacit_stream_conn(t->stream));
        if (t->task && (taken || !t->f->async))
            answer(t);
        return true;
    default:
        return false;
    }
}

ptrdiff_t talk_handshake(struct talk *t)
{
    ptrdiff_t r;
    do
        r = tacit_stream_handshake(t->stream);
    while (talk_on(t, r));
    return r;
}

ptrdiff_t talk_read(struct talk *t, void *out, size_t n)
{
    ptrdiff_t r;
    do
        r = tacit_stream_read(t->stream, out, n);
    while (talk_on(t, r));
    return r;
}

bool talk_write(struct talk *t, const void *data, size_t n)
{
    const uint8_t *p = data;
    while (n > 0) {
        ptrdiff_t r = tacit_stream_write(t->stream, p, n);
        if (r < 0 && !talk_on(t, r))
            return false;
        p += r > 0 ? r : 0;
        n -= r > 0 ? (size_t)r : 0;
    }
    return true;
}

ptrdiff_t talk_close(struct talk *t, bool wait)
{
    ptrdiff_t r;
    do
        r = tacit_stream_close(t->stream, wait);
    while (talk_on(t, r));
    return r;
}
