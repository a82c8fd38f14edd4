/* services.c: see services.h. What is said stands on tacit_info, and so on the table of suites: no
 * suite is known here. A person and a program get the same sentences. */
#include "services.h"

#include "out.h"

#include <string.h>

struct services {
    char encryption[160], authentication[200], integrity[160];
};

/* is_aead: one algorithm does both. */
static bool is_aead(const tacit_info *i)
{
    return !strcmp(i->encryption_name, i->integrity_name);
}

/* With RSA transport the server signs nothing: it shows that it could open what we sent. */
static const char *server_by(const tacit_info *i)
{
    return i->peer_scheme_name  ? i->peer_scheme_name
           : i->resumed         ? "the earlier session"
           : !i->forward_secret ? "RSA decryption"
                                : NULL;
}

static void say_authentication(char out[200], const tacit_info *i)
{
    const char *by = server_by(i), *own = i->own_scheme_name;
    bool believed = i->peer_verified || i->resumed;
    int n = !by || !(believed || i->pinned)
                ? snprintf(out, 200, "server unproven")
                : snprintf(out, 200, "server by %s%s", by, believed ? "" : ", its key pinned");
    snprintf(out + n, 200 - (size_t)n, "; client %s%s",
             own                        ? "by "
             : i->client_auth_requested ? "anonymous, though asked"
                                        : "anonymous",
             own ? own : "");
}

static struct services services_of(const tacit_info *i)
{
    struct services s;
    if (i->forward_secret)
        snprintf(s.encryption, sizeof s.encryption, "%s, keys from %s (forward secret)",
                 i->encryption_name, i->group_name ? i->group_name : "an earlier session");
    else
        snprintf(s.encryption, sizeof s.encryption,
                 "%s, keys sent under the server's RSA key (not forward secret)",
                 i->encryption_name);
    if (is_aead(i))
        snprintf(s.integrity, sizeof s.integrity, "%s, an AEAD, over each record and its place",
                 i->integrity_name);
    else
        snprintf(s.integrity, sizeof s.integrity,
                 "%s over each encrypted record and its place (encrypt-then-MAC)",
                 i->integrity_name);
    say_authentication(s.authentication, i);
    return s;
}

void services_rows(const tacit_info *info, FILE *to)
{
    if (!info->suite)
        return;
    struct services s = services_of(info);
    out_row(to, "encryption", "%s", s.encryption);
    out_row(to, "authentic", "%s", s.authentication);
    out_row(to, "integrity", "%s", s.integrity);
}

json_t *services_json(const tacit_info *i, const char *name)
{
    if (!i->suite)
        return json_null();
    struct services s = services_of(i);
    const char *server = i->peer_verified ? name : NULL;
    json_t *o = json_object();
    json_object_set_new(o, "encryption",
                        json_pack("{s:s, s:s, s:i, s:s, s:b}", "says", s.encryption, "algorithm",
                                  i->encryption_name, "key_bits", (int)i->suite_bits,
                                  "key_exchange", i->group_name ? i->group_name : "RSA",
                                  "forward_secret", (int)i->forward_secret));
    json_object_set_new(o, "authentication",
                        json_pack("{s:s, s:s?, s:s?, s:b, s:s?}", "says", s.authentication,
                                  "server", server, "server_by", server_by(i), "pinned",
                                  (int)i->pinned, "client_by", i->own_scheme_name));
    json_object_set_new(o, "integrity",
                        json_pack("{s:s, s:s, s:s}", "says", s.integrity, "algorithm",
                                  i->integrity_name, "construction",
                                  is_aead(i) ? "AEAD" : "encrypt-then-MAC"));
    return o;
}
