#include "app/optable.h"

struct optable optable_intel(void)
{
	return (struct optable){ NULL, 0 };
}
