/* The config file: endpoints stay within their number, whatever it says. */
#include "app/config.h"
#include "fuzz/tool.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config = { 0 };
	char *text = tool_text(span_of(data, size));
	(void)config_parse(text, &config);
	tool_must(config.listen.count <= LIMIT_ENDPOINTS);
	tool_must(config.advertise.count <= LIMIT_ENDPOINTS);
	tool_must(config.level <= LOG_DEBUG);
	for (size_t i = 0; i < config.listen.count; i++) {
		tool_must(config.listen.items[i] != NULL);
	}
	config_clear(&config);
	free(text);
	return 0;
}
