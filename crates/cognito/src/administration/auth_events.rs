//! Authentication events of a user, as recorded by threat protection.

use cognito_core::administration::auth_events::{
    AuthEvent, AuthEventFeedbackRequest, AuthEventPage, FeedbackValue, ListAuthEventsRequest,
};
use cognito_core::administration::page::{PageSize, PageToken};
use cognito_core::{Administration, Done, EventId, InvalidInput, Operation, Result};

use crate::administration::pages::in_pages;
use crate::administration::users::AdminUser;
use crate::operation::{Call, awaitable};

impl<'a> AdminUser<'a> {
    /// Lists the user's sign-ins and other events that threat protection has recorded
    /// (`cognito-idp:AdminListUserAuthEvents`): `.await` returns one page,
    /// [`stream`](ListAuthEvents::stream) all pages.
    ///
    /// The events contain personal data: addresses, devices, places. `Debug` shows only the
    /// country.
    ///
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if the pool has no threat protection.
    pub fn auth_events(&self) -> ListAuthEvents<'a> {
        ListAuthEvents {
            user: self.clone(),
            limit: Ok(PageSize::MAX),
            page_token: Ok(None),
        }
    }

    /// Sets whether one of the user's events is trusted, as feedback for Cognito
    /// (`cognito-idp:AdminUpdateAuthEventFeedback`).
    ///
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if the pool has no threat protection,
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if there is no such event.
    pub async fn auth_event_feedback(
        &self,
        event_id: impl Into<String>,
        feedback: FeedbackValue,
    ) -> Result<Done> {
        let call = Call::new(Operation::AdminUpdateAuthEventFeedback).user(&self.username);
        let request = (|| {
            let (username, event_id) = (self.username.clone()?, EventId::new(event_id)?);
            Ok(AuthEventFeedbackRequest::new(username, event_id, feedback))
        })();
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.administration.auth_event_feedback(request).await
            })
            .await?;
        Ok(Done::new("Feedback recorded successfully"))
    }
}

/// The builder of [`AdminUser::auth_events`].
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ListAuthEvents<'a> {
    user: AdminUser<'a>,
    limit: Result<PageSize, InvalidInput>,
    page_token: Result<Option<PageToken>, InvalidInput>,
}

impl ListAuthEvents<'_> {
    async fn send(self) -> Result<AuthEventPage> {
        let cognito = self.user.cognito;
        let call = Call::new(Operation::AdminListUserAuthEvents).user(&self.user.username);
        let request = (|| {
            let mut request = ListAuthEventsRequest::new(self.user.username?);
            request.page_size = self.limit?;
            request.page_token = self.page_token?;
            Ok(request)
        })();
        let port = &cognito.inner.administration;
        cognito
            .read(call, request, |request| port.list_auth_events(request))
            .await
    }
}

awaitable!(ListAuthEvents => AuthEventPage);
in_pages!(ListAuthEvents: AuthEventPage.auth_events of AuthEvent);
