/* accept.c: what a server of any version does with a ClientHello: take it, ask whose policy serves
 * it, settle the names (RFC 9846 4.2.2; RFC 5246 7.4.1.2; RFC 6066 3; RFC 7301).
 *
 * Invariant: every span of the offers lies in the copy of the hello, which lives as long as the
 * handshake. */
#include "hs/hs.h"

bool hello_take(struct tls *t, const struct msg *m, struct client_hello *ch)
{
    struct tacit_hs *hs = t->hs;
    mem_free(&t->env->hooks, hs->hello.p, hs->hello.n);
    hs->hello = (tacit_buf){mem_dup(&t->env->hooks, m->body), mem_dup_size(m->body)};
    if (!hs->hello.p)
        return fail(&t->err, NO_MEMORY, m->body.n);
    if (!client_hello_parse(ch, (span){hs->hello.p, m->body.n}))
        return fail(&t->err, MESSAGE_MALFORMED, m->type);
    hs->offers = (struct offers){0};
    if (!ext_scan(ch->extensions, IN_CH, true, &hs->offers, &hs->answers, &t->err))
        return false;
    memcpy(hs->client_random, ch->random.p, 32);
    memcpy(hs->session_id, ch->session_id.p, ch->session_id.n);
    hs->session_id_n = (uint8_t)ch->session_id.n;
    hs->suites = ch->suites;
    hs->hello_version = ch->legacy_version;
    hs->could_do_13 = t->config->max_version >= TLS13;
    return true;
}

/* The host is told of the hello only if it wants to be: that takes a copy of its own. */
bool hello_ask_host(struct tls *t)
{
    struct tacit_hs *hs = t->hs;
    span hello = {hs->hello.p, hs->hello.n};
    work_begin(&hs->work, t->env, TASK_HELLO);
    if (!(t->config->tasks & TASK_BIT(TASK_HELLO)) || hs->retried)
        return true;
    hs->work.hello.hello = (tacit_buf){mem_dup(&t->env->hooks, hello), mem_dup_size(hello)};
    return hs->work.hello.hello.p || fail(&t->err, NO_MEMORY, hello.n);
}

/* The configuration that serves this hello: the host's answer, else the one of its server's name.
 * From here on nothing of the one before counts; but the version was chosen by it, and must
 * suit. */
bool hello_settle_config(struct tls *t)
{
    struct tacit_hs *hs = t->hs;
    if (!work_result(t))
        return false;
    struct tacit_config *answer = hs->work.hello.answer;
    if (!answer && !hs->retried)
        answer = config_for_name(t->config, hs->offers.server_name);
    if (answer) {
        tacit_config_ref(answer);
        tacit_config_free(t->config);
        t->config = answer;
    }
    work_end(&hs->work);
    uint16_t version = t->facts.version;
    return (t->config->min_version <= version && version <= t->config->max_version)
           || fail(&t->err, VERSION_NOT_SHARED, version);
}

bool negotiate_names(struct tls *t)
{
    const struct tacit_config *c = t->config;
    const struct offers *o = &t->hs->offers;
    bool both = c->alpn.n && o->alpn.n;
    t->facts.alpn = select_alpn(c, o->alpn);
    if (!t->facts.alpn.n && (both || c->alpn_required))
        return fail(&t->err, NO_COMMON_ALPN, 0);
    limit_records(t, o->record_size_limit);
    if (!o->server_name.n)
        return true;
    t->facts.server_name = mem_dup(&t->env->hooks, o->server_name);
    t->facts.server_name_n = t->facts.server_name ? o->server_name.n : 0;
    /* A name that is none matches no identity, and so gets the first: RFC 6066 3 lets a server go
     * on. */
    t->hs->has_host = host_parse(&t->hs->host, o->server_name, NULL);
    return t->facts.server_name || fail(&t->err, NO_MEMORY, o->server_name.n);
}
