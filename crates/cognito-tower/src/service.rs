//! The service that a [`RequireToken`](crate::RequireToken) layer creates.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::guard::Guard;
use crate::rejection::Rejection;
use crate::response::RejectionResponse;
use crate::token_claims::TokenClaims;

/// A service that passes a request to the inner service only if the guard accepts it.
/// [`RequireToken`](crate::RequireToken) creates it.
pub struct GuardedService<S, C, A> {
    inner: S,
    guard: Guard<C>,
    response: Arc<A>,
}

impl<S, C, A> GuardedService<S, C, A> {
    pub(crate) const fn new(inner: S, guard: Guard<C>, response: Arc<A>) -> Self {
        Self {
            inner,
            guard,
            response,
        }
    }
}

impl<S, C, A, B, R> Service<Request<B>> for GuardedService<S, C, A>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    C: TokenClaims,
    A: RejectionResponse<R>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = GuardedFuture<S, C, A, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let found = self.guard.find(request.headers());
        let state = match self.guard.report(found) {
            Ok(token) => {
                let guard = self.guard.clone();
                // The service that is ready takes the request. Its clone is possibly not ready.
                let clone = self.inner.clone();
                let ready = mem::replace(&mut self.inner, clone);
                State::Authenticating {
                    result: Box::pin(async move {
                        let claims = guard.report(guard.verify(&token).await)?;
                        Ok((guard, claims))
                    }),
                    waiting: Some((ready, request)),
                }
            }
            Err(rejection) => State::Rejected {
                rejection: Some(rejection),
            },
        };
        GuardedFuture {
            state,
            response: Arc::clone(&self.response),
        }
    }
}

pin_project! {
    /// The future of a [`GuardedService`]. It returns the response of the inner service, or the
    /// response to a rejected request.
    pub struct GuardedFuture<S: Service<Request<B>>, C, A, B> {
        #[pin]
        state: State<S, S::Future, C, B>,
        response: Arc<A>,
    }
}

/// A future that returns verified claims, and the guard that verified them.
type Authenticated<C> = Pin<Box<dyn Future<Output = Result<(Guard<C>, Arc<C>), Rejection>> + Send>>;

pin_project! {
    #[project = Now]
    enum State<S, F, C, B> {
        // Only the verification is boxed, because it borrows the token that it contains. The inner
        // service and the bodies therefore need no further bounds, and the box is freed before the
        // service runs.
        Authenticating {
            result: Authenticated<C>,
            waiting: Option<(S, Request<B>)>,
        },
        Calling {
            #[pin]
            response: F,
        },
        Rejected {
            rejection: Option<Rejection>,
        },
    }
}

impl<S, C, A, B, R> Future for GuardedFuture<S, C, A, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    C: TokenClaims,
    A: RejectionResponse<R>,
{
    type Output = Result<Response<R>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                Now::Authenticating { result, waiting } => {
                    let result = ready!(result.as_mut().poll(context));
                    match (result, waiting.take()) {
                        (Ok((guard, claims)), Some((service, request))) => {
                            called(&guard, claims, service, request)
                        }
                        (result, _) => State::Rejected {
                            rejection: result.err(),
                        },
                    }
                }
                Now::Calling { response } => return response.poll(context),
                Now::Rejected { rejection } => {
                    // A poll after completion returns pending.
                    let Some(rejection) = rejection.take() else {
                        return Poll::Pending;
                    };
                    return Poll::Ready(Ok(this.response.response(&rejection)));
                }
            };
            this.state.set(next);
        }
    }
}

/// Calls the service with the verified claims in the extensions of the request. If the request has
/// claims of another user, rejects it.
fn called<S, C, B>(
    guard: &Guard<C>,
    claims: Arc<C>,
    mut service: S,
    mut request: Request<B>,
) -> State<S, S::Future, C, B>
where
    S: Service<Request<B>>,
    C: TokenClaims,
{
    let checked = guard.check_user(&claims, request.extensions());
    if let Err(rejection) = guard.report(checked) {
        let rejection = Some(rejection);
        return State::Rejected { rejection };
    }
    guard.remember(claims, request.extensions_mut());
    let response = service.call(request);
    State::Calling { response }
}

impl<S: Clone, C: TokenClaims, A> Clone for GuardedService<S, C, A> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            guard: self.guard.clone(),
            response: Arc::clone(&self.response),
        }
    }
}

impl<S: fmt::Debug, C, A> fmt::Debug for GuardedService<S, C, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedService")
            .field("inner", &self.inner)
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}

impl<S: Service<Request<B>>, C, A, B> fmt::Debug for GuardedFuture<S, C, A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedFuture").finish_non_exhaustive()
    }
}
