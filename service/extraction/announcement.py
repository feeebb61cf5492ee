"""What the worker tells the database of its model, so that runs can be estimated."""

from service.extraction import prompt
from service.extraction.models import Context
from service.model.sizes import sent_bytes
from service.parsing.models import Parsed
from service.queue.verbs import Verbs
from service.settings import WorkerSettings


async def announce_model(verbs: Verbs, settings: WorkerSettings) -> None:
    """Name, prices and limits of who answers here, and how long a prompt about nothing is."""
    empty_prompt = prompt.messages(Context(), [], Parsed((), ()))
    await verbs.call(
        "announce_model",
        model="offline" if settings.model_api_key is None else settings.model_name,
        input_price=settings.model_input_price,
        output_price=settings.model_output_price,
        concurrency=settings.concurrency,
        prompt_bytes=sent_bytes(empty_prompt),
        context_tokens=settings.model_context_tokens,
        output_tokens=settings.model_max_output_tokens,
    )
