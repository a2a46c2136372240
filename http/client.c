#include "http/client.h"

#include <stdlib.h>

#include "http/transfer.h"

struct http_client {
    CURL *easy;
};

int http_global_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

struct http_client *http_client_new(void)
{
    struct http_client *client = calloc(1, sizeof(*client));

    if (!client)
        return NULL;
    client->easy = curl_easy_init();
    if (!client->easy) {
        free(client);
        return NULL;
    }
    return client;
}

void http_client_free(struct http_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->easy);
    free(client);
}

struct str http_head_get(const struct http_head *head, const char *name)
{
    for (size_t i = 0; i < head->header_count; i++)
        if (str_equal_ignore_case(head->headers[i].name, str_from(name)))
            return head->headers[i].value;
    return STR("");
}

int http_perform(struct http_client *client, struct arena *arena, const struct http_call *call,
                 struct http_reply *reply)
{
    struct transfer t = {.call = call, .reply = reply, .arena = arena};
    CURLcode code = CURLE_OUT_OF_MEMORY;

    curl_easy_reset(client->easy);
    if (transfer_begin(&t, client->easy) == 0)
        code = curl_easy_perform(client->easy);
    transfer_end(&t, client->easy, code);
    return reply->result == HTTP_OK ? 0 : -1;
}
