#include "app/cli.h"
#include "keys/keystore.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	/* Before anything secret is in memory. */
	if (keystore_process_init() != ERR_OK) {
		(void)fprintf(stderr, "qsg: %s\n", err_text());
		return 1;
	}
	return cli_main(argc, argv);
}
