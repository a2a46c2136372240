/* Credentials as JSON, the SSO token's file and command lines: from servers, files and commands, so of any text. */
#include <stddef.h>
#include <stdint.h>

#include "aws/document.h"
#include "aws/sso.h"
#include "aws/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = {(const char *)data, size};
    struct aws_credentials credentials;
    struct sso_token token;
    struct buf words;
    const char *why;
    size_t count;
    cJSON *document;

    for (int kind = 0; kind < DOCUMENT_KIND__MAX; kind++)
        document_read(text, (enum document_kind)kind, &credentials, &why);
    document = json_tree(text, 8, &why);
    sso_token_read(document, 0, &token);
    document_delete(document);
    buf_init(&words, 4096);
    words_split(text, &words, &count);
    buf_free(&words);
    return 0;
}
