/* host.c: a program outside the tree. It joins a client and a server in memory: it links, and it
 * works. Its own functions go by names that the library has inside, and the two must not meet. */
#include <tacit/tacit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fail(void);
int rd_u8(void);
int rec_open(void);
int hs_deliver(void);

/* Whoever calls one of these meant somebody else's. */
int fail(void)
{
    abort();
}

int rd_u8(void)
{
    abort();
}

int rec_open(void)
{
    abort();
}

int hs_deliver(void)
{
    abort();
}

/* carry moves what one end has to send to the other, and says whether anything moved. */
static bool carry(tacit_conn *from, tacit_conn *to)
{
    tacit_span out = tacit_conn_wire_out_buf(from);
    tacit_buf room = tacit_conn_wire_in_buf(to);
    size_t n = out.n < room.n ? out.n : room.n;
    if (!n)
        return false;
    memcpy(room.p, out.p, n);
    tacit_conn_wire_in_done(to, n);
    tacit_conn_wire_out_done(from, n);
    return true;
}

static bool complain(const char *who, const tacit_conn *conn)
{
    const tacit_error *error = conn ? tacit_conn_error(conn) : NULL;
    if (!error)
        return false;
    fprintf(stderr, "%s: %s\n", who, error->name);
    return true;
}

/* talk: the client sends a word, the server reads it. */
static bool talk(tacit_conn *client, tacit_conn *server)
{
    static const char word[] = "hello";
    while (carry(client, server) || carry(server, client))
        ;
    if (complain("client", client) || complain("server", server) ||
        tacit_conn_write(client, word, sizeof word) != sizeof word || !carry(client, server))
        return false;
    tacit_span got = tacit_conn_app_in_buf(server);
    return got.n == sizeof word && !memcmp(got.p, word, sizeof word);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: host AUTHORITY CERTIFICATE KEY\n", stderr);
        return 2;
    }
    tacit_error error = {0};
    tacit_env *env = tacit_env_new(NULL, &error);
    tacit_trust *trust = tacit_trust_new(env, &error);
    tacit_identity *identity = tacit_identity_files(env, argv[2], argv[3], NULL, NULL, &error);
    tacit_config *client_config = NULL, *server_config = NULL;
    if (trust && identity && tacit_trust_add_file(trust, argv[1], &error)) {
        client_config = tacit_client_config(
            env, &(tacit_config_options){.size = sizeof(tacit_config_options), .trust = trust},
            &error);
        server_config =
            tacit_server_config(env,
                                &(tacit_config_options){.size = sizeof(tacit_config_options),
                                                        .identities = &identity,
                                                        .n_identities = 1},
                                &error);
    }
    tacit_conn *client = tacit_client_new(client_config, "localhost", &error);
    tacit_conn *server = tacit_server_new(server_config, &error);
    if (error.reason)
        fprintf(stderr, "%s\n", error.name);
    bool good = client && server && talk(client, server);
    tacit_conn_free(client);
    tacit_conn_free(server);
    tacit_config_free(client_config);
    tacit_config_free(server_config);
    tacit_identity_free(identity);
    tacit_trust_free(trust);
    tacit_env_free(env);
    if (good)
        printf("tacit %s\n", tacit_version());
    return good ? 0 : 1;
}
