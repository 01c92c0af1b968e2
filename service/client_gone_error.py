"""Nobody is left to be answered."""

from service.errors import ServiceError


class ClientGoneError(ServiceError):
    """The client closed the connection before its request was complete."""

    def __init__(self) -> None:
        super().__init__("client: must stay until it is answered; it closed the connection")
